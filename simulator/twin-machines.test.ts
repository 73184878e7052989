// What the machine under a PoP does to a run: its speed, its CPU credits, and what the result says of it.
import { beforeAll, expect, test } from 'vitest'
import type { CreditMode } from '../infra/event/event.ts'
import { loadEvent } from '../infra/event/load.ts'
import { openScenario, planRehearsal, type Scenario } from './scenario.ts'
import { testCalibration } from './testing/calibration.ts'
import { figureOf, meterOf } from './testing/result.ts'
import { runTwin } from './twin.ts'
import type { RunPlan } from './workload/run-plan.ts'

const calibration = {
  ...testCalibration,
  machine: { ...testCalibration.machine, cpu: 'Intel(R) Xeon(R) Processor' },
  cpu: { ...testCalibration.cpu, publishMs: 40 },
}

let scenario: Scenario
let plan: RunPlan
beforeAll(async () => {
  scenario = await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
  const rehearsal = planRehearsal(scenario, 1, 160)
  // At the start of the show, so that the machine has not rested since its launch.
  plan = {
    ...rehearsal,
    window: { startS: 0, endS: rehearsal.durationMs / 1000 },
    outages: [],
    stage: 'show',
  }
})

function run(instanceType: string, creditMode: CreditMode | null, of: RunPlan = plan) {
  const venues = scenario.topology.venues.map((venue) =>
    venue.venue === 'remote' ? { ...venue, pop: { ...venue.pop, instanceType, creditMode } as never } : venue,
  )
  return runTwin({
    event: { ...scenario.event, setupS: 0 },
    topology: { ...scenario.topology, venues },
    plan: of,
    calibration,
    reproduce: 'test',
    wallMs: () => 0,
  })
}

test('without credits a machine in standard mode crawls; in unlimited mode it owes and keeps its pace', async () => {
  const standard = await run('t3.nano', 'standard')
  const unlimited = await run('t3.nano', 'unlimited')
  expect(meterOf(standard, 'cpu-throttled')).toBeGreaterThan(0)
  expect(meterOf(standard, 'cpu-surplus-credits')).toBe(0)
  expect(meterOf(unlimited, 'cpu-throttled')).toBeNull()
  expect(meterOf(unlimited, 'cpu-surplus-credits')).toBeGreaterThan(0)
  expect(figureOf(standard, 'ack-p99')).toBeGreaterThan(2 * (figureOf(unlimited, 'ack-p99') ?? 0))
  for (const { conservation } of [standard, unlimited]) {
    expect(conservation).toMatchObject({ lost: 0, appliedTwice: 0 })
  }
})

test('a slower machine takes longer and more processor time for the same work, and the result says what it is', async () => {
  const [slow, fast] = [await run('t3.large', 'unlimited'), await run('m7g.large', null)]
  expect(figureOf(slow, 'ack-p50')).toBeGreaterThan(figureOf(fast, 'ack-p50') ?? 0)
  expect(meterOf(slow, 'cpu-time')).toBeGreaterThan(meterOf(fast, 'cpu-time') ?? 0)
  expect(slow.outsideRange).toContainEqual(expect.stringContaining('scaled to t3.large'))
  expect(slow.conservation.published).toBe(fast.conservation.published)
})

test('a rehearsal’s twin has the machine of the calibration, whatever the event would buy', async () => {
  const rehearsed: RunPlan = { ...plan, stage: 'rehearsal' }
  const [small, large] = [
    await run('t3.nano', 'standard', rehearsed),
    await run('m7g.large', null, rehearsed),
  ]
  expect(small).toEqual(large)
  expect(small.outsideRange.join()).not.toContain('measured on')
})
