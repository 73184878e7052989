// Measures the calibration that the twin uses where no live run has been made, and writes it into the source tree.
//
//   node tools/build-default-calibration.ts [EVENT]
//
// One quiet live run before the event's outage. Run it on a machine that does nothing else.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadEvent } from '../infra/event/load.ts'
import { calibrate } from '../simulator/calibration/calibrate.ts'
import { PROJECT_ROOT } from '../simulator/rehearsal/live-tools.ts'
import { rehearse } from '../simulator/rehearsal/rehearse.ts'
import { openScenario } from '../simulator/scenario.ts'
import { planRun } from '../simulator/workload/plan.ts'
import { drawn } from '../simulator/workload/run-plan.ts'
import { formatData } from './format-data.ts'

const SEED = 2_026
const SESSIONS = 160
const DURATION_S = 100
/** Where the window ends where the event has no outage. */
const DEFAULT_END_S = 3_600

const [file = join(PROJECT_ROOT, 'scenarios', 'events', 'hybrid-conference-2000.yaml')] =
  process.argv.slice(2)
const cancel = new AbortController()
process.once('SIGINT', () => cancel.abort(new Error('Cancelled')))

const event = loadEvent(file)
const { topology } = await openScenario(event)
const endS = event.outage?.steps[0]?.startS ?? DEFAULT_END_S
const window = { startS: endS - DURATION_S, endS }
const plan = drawn(planRun(event, topology, { seed: SEED, window, outages: [], sessionsMax: SESSIONS }))
const { folder } = await rehearse(plan, {
  event,
  topology,
  signal: cancel.signal,
  reproduce: 'node tools/build-default-calibration.ts',
  onStage: (stage) => process.stderr.write(`${stage}\n`),
  onNote: (note) => process.stderr.write(`${note}\n`),
})
const calibration = await calibrate([folder])
const out = join(PROJECT_ROOT, 'simulator', 'calibration', 'default.json')
await writeFile(out, JSON.stringify(calibration))
formatData(out)
process.stderr.write(`${out}: ${JSON.stringify(calibration.samples)} samples, from ${folder}\n`)
