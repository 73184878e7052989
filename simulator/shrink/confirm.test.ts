// A live run confirms what the twin found, or it is said why it could not.
import { beforeAll, expect, test } from 'vitest'
import type { EventSpec } from '../../infra/event/event.ts'
import { loadEvent } from '../../infra/event/load.ts'
import type { RunResult, Verdict } from '../run-result.ts'
import { openScenario, planRehearsal } from '../scenario.ts'
import { testCalibration } from '../testing/calibration.ts'
import { runTwin } from '../twin.ts'
import { confirm } from './confirm.ts'

const event = loadEvent('scenarios/events/hybrid-conference-2000.yaml')
const broken: Verdict[] = [
  { level: 'Recovery after the outage', limit: 60, unit: 's', value: 78, outcome: 'missed' },
]

/** The twin's, in place of a live run: what is told of both depends on their figures only. */
let run: RunResult
beforeAll(async () => {
  const scenario = await openScenario(event)
  const plan = planRehearsal(scenario, 1, 160)
  const { topology } = scenario
  run = await runTwin({ event, topology, plan, calibration: testCalibration, reproduce: '', wallMs: () => 0 })
})

const limited = (recoveryS: number): EventSpec => ({
  ...event,
  serviceLevels: { ...event.serviceLevels, recoveryS },
})

test('a level that the live run misses too is confirmed', () => {
  expect(confirm(limited(0.1), broken, run, run)).toMatchObject({ confirmed: true, why: [] })
})

test('a shorter, thinned run that does not break says so, and what its own twin says', () => {
  const { confirmed, levels, why } = confirm(limited(60), broken, run, run)
  expect(confirmed).toBe(false)
  expect(levels[0]?.live?.value).toBe(levels[0]?.twin?.value)
  expect(why).toEqual([
    'Live the uplink of hall was cut for 25 s, not for 300 s.',
    'Live there were 160 sessions for 2000 attendees: queues, disks and central are not thinned with them.',
    'The twin of this very run says the same: it needs more of an outage, or more attendees.',
  ])
})

test('a twin that is wrong is told', () => {
  const figures = run.figures.map((figure) => (figure.id === 'recovery' ? { ...figure, value: 70 } : figure))
  const { why } = confirm(limited(60), broken, run, { ...run, figures })
  expect(why.at(-1)).toBe('The twin of this very run says that it breaks: there the twin is wrong.')
})
