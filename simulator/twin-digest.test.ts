// What the twin makes of a seed, as a digest: faster code must leave every bit of it. Whoever changes the model, a
// default that it reads or what a result holds writes the new digests here, and says so in the commit.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import type { RunResult } from './run-result.ts'
import { openScenario, planDay, planRehearsal } from './scenario.ts'
import { testCalibration } from './testing/calibration.ts'
import { runTwin } from './twin.ts'
import type { RunPlan } from './workload/run-plan.ts'

const scenario = await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
const { event, topology } = scenario

/** The plan's venues with a fortieth of their attendees: radio links that stall, an outage, all actions. */
function thinned(plan: RunPlan): RunPlan {
  return { ...plan, sessions: plan.sessions.filter((_, i) => i % 40 === 0) }
}

async function digestOf(plan: RunPlan): Promise<string> {
  const told = { event, topology, plan, calibration: testCalibration, reproduce: '', wallMs: () => 0 }
  const result: RunResult = await runTwin(told)
  expect(result.conservation.published).toBeGreaterThan(300)
  return createHash('sha256').update(JSON.stringify(result)).digest('hex').slice(0, 16)
}

test('a day at the show', async () => {
  expect(await digestOf(thinned(planDay(scenario, 1)))).toBe('9e84b975ed68e0dc')
})

test('a rehearsal, cut and with a second way up', async () => {
  const plan = planRehearsal(scenario, 1, 160)
  const backupUplink = { rateBps: 500_000, rttMs: 60 }
  expect(await digestOf(plan)).toBe('4cd7c1ca86b10259')
  expect(await digestOf({ ...plan, venues: plan.venues.map((venue) => ({ ...venue, backupUplink })) })).toBe(
    'c85d0a98b00ca49d',
  )
})
