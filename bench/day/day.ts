// One simulated day in a process of its own: prints what it took, for bench/day.
//   node bench/day/day.ts EVENT
import { loadEvent } from '../../infra/event/load.ts'
import { defaultCalibration } from '../../simulator/calibration/default-calibration.ts'
import { openScenario, planDay } from '../../simulator/scenario.ts'
import { keepNewSpaceSmall } from '../../simulator/small-memory.ts'
import { runTwin } from '../../simulator/twin.ts'

const [file = ''] = process.argv.slice(2)
keepNewSpaceSmall()
const event = loadEvent(file)
const scenario = await openScenario(event)
const openBytes = process.resourceUsage().maxRSS * 1024
const [wallMs, cpu] = [performance.now(), process.cpuUsage()]
const plan = planDay(scenario, 1)
const { conservation } = await runTwin({
  event,
  topology: scenario.topology,
  plan,
  calibration: defaultCalibration(),
  reproduce: '',
  wallMs: () => performance.now(),
})
const { user, system } = process.cpuUsage(cpu)
const figures = {
  wallS: (performance.now() - wallMs) / 1000,
  userS: user / 1e6,
  systemS: system / 1e6,
  rssBytes: process.resourceUsage().maxRSS * 1024,
  openBytes,
  sessions: plan.sessions.length,
  published: conservation.published,
  lost: conservation.lost,
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
