// Scores the twin against live runs and writes docs/fidelity.md:
//
//   node tools/measure-fidelity.ts RUNS_FOLDER [--repeats 5] [--only ID] [--score-only] [--page]
//
// Runs that are in the folder are not made again, so that it can be stopped and go on. `--only` makes runs and scores
// nothing. `--score-only` makes none: it scores what is there, from its raw lines, and refuses where a run is missing.
// `--page` writes the page from what was scored before. Run it on a machine that does nothing else; five repeats take
// 50 minutes.
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fidelityPage } from '../reports/fidelity-page.ts'
import { VoidRun } from '../runtime/errors.ts'
import { calibrate } from '../simulator/calibration/calibrate.ts'
import type {
  ComparedCase,
  MeasuredFidelity,
  MeasuredRehearsal,
} from '../simulator/fidelity/fidelity-result.ts'
import { MISSES } from '../simulator/fidelity/misses.ts'
import { openRehearsal, REHEARSALS, type Rehearsal } from '../simulator/fidelity/rehearsals.ts'
import { measuredFigures, score } from '../simulator/fidelity/score.ts'
import { PROJECT_ROOT } from '../simulator/rehearsal/live-tools.ts'
import { measure } from '../simulator/rehearsal/measure.ts'
import { rehearse } from '../simulator/rehearsal/rehearse.ts'
import { RUN_FILES, readRun } from '../simulator/rehearsal/run-files.ts'
import type { RunResult } from '../simulator/run-result.ts'
import { runTwin } from '../simulator/twin.ts'
import { formatData } from './format-data.ts'

/** Times that a void run is made again. */
const TRIES = 3
/** Runs of the twin a rehearsal: one draws one delay before a PoP tries again, which decides its recovery. */
const TWIN_RUNS = 15
/** Seeds of those runs, so that none is the seed of another rehearsal. */
const SEEDS_APART = 1_000
/** Beside the runs: why runs were void, by rehearsal. */
const VOID_RUNS = 'void-runs.json'
const DATA = join(PROJECT_ROOT, 'simulator', 'fidelity', 'measured.json')
const COMPARED = join(PROJECT_ROOT, 'simulator', 'fidelity', 'compared.json')
const PAGE = join(PROJECT_ROOT, 'docs', 'fidelity.md')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repeats: { type: 'string', default: '5' },
    only: { type: 'string' },
    'score-only': { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
  },
})
const cancel = new AbortController()
process.once('SIGINT', () => cancel.abort(new Error('Cancelled')))

if (!values.page) {
  const [folder] = positionals
  if (folder === undefined) throw new Error('Give the folder for the runs.')
  await measureAll(folder, Number(values.repeats))
}
if (values.only === undefined) await writePage()

async function writePage(): Promise<void> {
  const measured = JSON.parse(await readFile(DATA, 'utf8')) as MeasuredFidelity
  const compared = JSON.parse(await readFile(COMPARED, 'utf8')) as ComparedCase[]
  await writeFile(PAGE, fidelityPage(score(measured), compared, MISSES))
  process.stderr.write(`${PAGE}\n`)
}

async function measureAll(folder: string, repeats: number): Promise<void> {
  const folderOf = ({ id }: Rehearsal, k: number) => join(folder, `${id}-${k}`)
  const voids = join(folder, VOID_RUNS)
  const voidRuns: Record<string, string[]> = existsSync(voids)
    ? JSON.parse(await readFile(voids, 'utf8'))
    : {}
  // Round by round, so that a machine that changes with the hour changes all of them.
  for (let k = 1; k <= repeats; k++) {
    for (const rehearsal of REHEARSALS) {
      if (values.only !== undefined && rehearsal.id !== values.only) continue
      const outDir = folderOf(rehearsal, k)
      if (existsSync(join(outDir, RUN_FILES.result))) continue
      if (values['score-only']) throw new Error(`${outDir} has no finished run, and none is to be made.`)
      const reasons = await live(rehearsal, outDir)
      if (reasons.length === 0) continue
      voidRuns[rehearsal.id] = [...(voidRuns[rehearsal.id] ?? []), ...reasons]
      await writeFile(voids, JSON.stringify(voidRuns))
    }
  }
  if (values.only !== undefined) return
  const made = (rehearsal: Rehearsal) =>
    Array.from({ length: repeats }, (_, i) => folderOf(rehearsal, i + 1)).filter((run) =>
      existsSync(join(run, RUN_FILES.result)),
    )
  const scored = REHEARSALS.filter((rehearsal) => made(rehearsal).length > 0)
  const rehearsals: MeasuredRehearsal[] = []
  for (const rehearsal of scored) {
    const others = scored.filter(({ id }) => id !== rehearsal.id)
    const results: RunResult[] = []
    for (const run of made(rehearsal)) results.push((await measure(await readRun(run))).result)
    const calibration = await calibrate(others.flatMap(made))
    const { scenario, plan } = await openRehearsal(rehearsal)
    const { event, topology } = scenario
    const twins: RunResult[] = []
    for (let i = 0; i < TWIN_RUNS; i++) {
      const seed = plan.seed + i * SEEDS_APART
      const wallMs = () => performance.now()
      twins.push(
        await runTwin({ event, topology, plan: { ...plan, seed }, calibration, reproduce: '', wallMs }),
      )
    }
    rehearsals.push({
      id: rehearsal.id,
      title: rehearsal.title,
      event: event.name,
      sessions: plan.sessions.length,
      publishes: (twins[0] as RunResult).conservation.published,
      durationS: plan.durationMs / 1000,
      calibratedOn: others.map(({ id }) => id),
      voidRuns: voidRuns[rehearsal.id] ?? [],
      figures: measuredFigures(results, twins),
    })
    process.stderr.write(`${rehearsal.id}: ${results.length} live runs, scored\n`)
  }
  const all = await Promise.all(scored.flatMap(made).map(readRun))
  const facts = all.map((run) => run.facts).sort((a, b) => a.date.localeCompare(b.date))
  const newest = facts.at(-1)
  if (newest === undefined) throw new Error('No run was made.')
  const { cores, cpu, system, node } = newest.machine
  const data: MeasuredFidelity = {
    date: newest.date,
    commit: [...new Set(facts.map(({ commit }) => commit ?? 'unknown'))].join(', '),
    machine: `${cores} × ${cpu}, ${system}, Node ${node}`,
    twinRuns: TWIN_RUNS,
    rehearsals,
  }
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(5)) : value
  await writeFile(DATA, JSON.stringify(data, rounded))
  formatData(DATA)
}

async function live(rehearsal: Rehearsal, outDir: string): Promise<string[]> {
  const { scenario, plan } = await openRehearsal(rehearsal)
  const reasons: string[] = []
  while (reasons.length < TRIES) {
    process.stderr.write(`${outDir}: ${plan.sessions.length} sessions, ${plan.durationMs / 1000} s\n`)
    try {
      await rehearse(plan, {
        event: scenario.event,
        topology: scenario.topology,
        signal: cancel.signal,
        outDir,
        reproduce: `node tools/measure-fidelity.ts RUNS_FOLDER --only ${rehearsal.id}`,
      })
      return reasons
    } catch (error) {
      if (!(error instanceof VoidRun)) throw error
      reasons.push(error.message)
      process.stderr.write(`${outDir}: void, ${error.message}\n`)
    }
  }
  return reasons
}
