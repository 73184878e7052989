// Compares the formulas with the twin over a grid of events and writes what they were off:
//
//   node tools/measure-surrogate.ts
//
// The page is written by `node tools/measure-fidelity.ts --page` after it. Takes some minutes on one core.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadEvent } from '../infra/event/load.ts'
import { defaultCalibration } from '../simulator/calibration/default-calibration.ts'
import type { ComparedCase, ComparedFigure } from '../simulator/fidelity/fidelity-result.ts'
import { cpuMsOfRun } from '../simulator/fidelity/score.ts'
import { PROJECT_ROOT } from '../simulator/rehearsal/live-tools.ts'
import type { RunResult } from '../simulator/run-result.ts'
import { openScenario } from '../simulator/scenario.ts'
import type { FormulasResult } from '../simulator/surrogate/formulas-result.ts'
import { surrogateRun } from '../simulator/surrogate/surrogate-run.ts'
import { runTwin } from '../simulator/twin.ts'
import { planRun } from '../simulator/workload/plan.ts'
import { dayAt } from '../simulator/workload/show-day.ts'
import { formatData } from './format-data.ts'

const EVENTS = ['pop-up-stand', 'hybrid-conference-2000', 'week-long-series']
const ATTENDANCE = [0.25, 1, 2]
const OUTAGES_S = [30, 300, 900]
/** The twin's figures are means over these: one run's recovery is one draw of a retry. */
const SEEDS = [1, 2, 3]
/** Seconds of the window before the cut and after it. */
const AROUND_S = { before: 300, after: 600 }

const calibration = defaultCalibration()
const cases: ComparedCase[] = []
for (const name of EVENTS) {
  const planned = loadEvent(join(PROJECT_ROOT, 'scenarios', 'events', `${name}.yaml`))
  for (const factor of ATTENDANCE) {
    const venues = planned.venues.map((venue) => ({
      ...venue,
      attendees: Math.round(venue.attendees * factor),
    }))
    const event = { ...planned, venues }
    const { topology } = await openScenario(event)
    const step = event.outage?.steps[0]
    if (step === undefined) throw new Error(`${name} has no outage`)
    const day = dayAt(event, step.startS)
    for (const outageS of OUTAGES_S) {
      const startS = Math.max(day.startS, step.startS - AROUND_S.before)
      const endS = Math.min(day.startS + event.dayS, step.startS + outageS + AROUND_S.after)
      const cutS = step.startS - startS
      const window = { startS, endS }
      const outages = [{ venue: step.venue, target: step.target, startS: cutS, endS: cutS + outageS }]
      const asked = performance.now()
      const inDay = { startS: startS - day.startS, endS: endS - day.startS }
      const formulas = surrogateRun({ event, topology, calibration, window: inDay, outages })
      const tookMs = performance.now() - asked
      const twins: RunResult[] = []
      for (const seed of SEEDS) {
        const plan = planRun(event, topology, { seed, window, outages })
        const wallMs = () => performance.now()
        twins.push(await runTwin({ event, topology, plan, calibration, reproduce: '', wallMs }))
      }
      const sessions = Math.max(...twins.map((run) => run.sessions))
      cases.push({
        event: name,
        attendance: factor,
        outageS,
        sessions,
        tookMs,
        figures: figures(formulas.figures, twins),
      })
      process.stderr.write(
        `${name} × ${factor}, ${outageS} s: formulas ${tookMs.toFixed(1)} ms, twin ${twins[0]?.tookS.toFixed(1)} s\n`,
      )
    }
  }
}
const out = join(PROJECT_ROOT, 'simulator', 'fidelity', 'compared.json')
const rounded = (_: string, value: unknown) =>
  typeof value === 'number' ? Number(value.toPrecision(4)) : value
await writeFile(out, JSON.stringify(cases, rounded))
formatData(out)
process.stderr.write(`${out}\n`)

function figures(formulas: FormulasResult['figures'], twins: readonly RunResult[]): ComparedFigure[] {
  const mean = (of: (run: RunResult) => number | null) => {
    const values = twins.map(of).filter((value) => value !== null)
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
  }
  return formulas.flatMap(({ id, value }): ComparedFigure[] => {
    const twin = mean(
      id === 'cpu' ? cpuMsOfRun : (run) => run.figures.find((figure) => figure.id === id)?.value ?? null,
    )
    return value === null || twin === null ? [] : [{ id, formula: value, twin }]
  })
}
