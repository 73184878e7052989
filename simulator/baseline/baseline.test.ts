// Doing without PoPs: what a shared uplink carries follows from arithmetic, and a cut is what everybody waits for.
import { beforeAll, expect, test } from 'vitest'
import type { EventSpec } from '../../infra/event/event.ts'
import { loadEvent } from '../../infra/event/load.ts'
import type { RunResult } from '../run-result.ts'
import { openScenario, planRehearsal, type Scenario } from '../scenario.ts'
import { testCalibration } from '../testing/calibration.ts'
import { figureOf } from '../testing/result.ts'
import { runTwin } from '../twin.ts'
import { frameBytes } from '../workload/frames.ts'
import { planRun } from '../workload/plan.ts'
import type { LinkPlan, RunPlan } from '../workload/run-plan.ts'
import { benefitOf } from './benefit.ts'
import { runBaseline } from './run-baseline.ts'

let scenario: Scenario
beforeAll(async () => {
  scenario = await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
})

const run = (of: typeof runTwin, plan: RunPlan, event: EventSpec = scenario.event): Promise<RunResult> =>
  of({
    event,
    topology: scenario.topology,
    plan,
    calibration: testCalibration,
    reproduce: 'test',
    wallMs: () => 0,
  })

const withHall = (plan: RunPlan, links: { uplink: LinkPlan; backupUplink?: LinkPlan }): RunPlan => ({
  ...plan,
  venues: plan.venues.map((venue) => (venue.name === 'hall' ? { ...venue, ...links } : venue)),
})
const FAST = { rateBps: 1e9, rttMs: 35 }

/** A minute of the poll in the hall, nobody loading pages. */
function poll(sessionsMax?: number): RunPlan {
  const { peak, ...others } = scenario.event.engagement
  const event = { ...scenario.event, engagement: { ...others, peak: { ...peak, page: 0 } } }
  const at = event.runOfShow.find(({ name }) => name === 'poll')
  if (!at) throw new Error('there is no poll')
  // Those who were there before come in its first seconds.
  const window = { startS: at.startS + 60, endS: at.startS + 120 }
  const plan = planRun(event, scenario.topology, {
    seed: 1,
    window,
    outages: [],
    ...(sessionsMax && { sessionsMax }),
  })
  return { ...plan, sessions: plan.sessions.filter(({ venue }) => venue === 'hall') }
}

test('the uplink of a hall carries its deliveries as long as they are fewer bits than its rate', async () => {
  const plan = poll(200)
  const sessions = plan.sessions.length
  const chats = plan.sessions
    .flatMap(({ actions }) => [...actions])
    .filter(({ kind }) => kind === 'chat').length
  const neededBps = (chats * sessions * frameBytes.message * 8) / (plan.durationMs / 1000)
  const p99 = async (share: number) => {
    const result = await run(
      runBaseline,
      withHall(plan, { uplink: { rateBps: neededBps * share, rttMs: 35 } }),
    )
    expect(result.conservation.lost + result.conservation.appliedTwice).toBe(0)
    return figureOf(result, 'delivery-p99') ?? 0
  }
  expect(await p99(4)).toBeLessThan(1_000)
  // Half of what is needed: at the end of the window half of it is still waiting.
  expect(await p99(0.5)).toBeGreaterThan(plan.durationMs / 3)
})

test('by the same arithmetic the hall of the conference needs four times what its uplink has', async () => {
  const hall = scenario.event.venues.find(({ name }) => name === 'hall')
  const chatsPerS = ((hall?.attendees ?? 0) * scenario.event.engagement.peak.chat) / 60
  const neededBps = chatsPerS * (hall?.attendees ?? 0) * frameBytes.message * 8
  expect(neededBps / (hall?.uplink.rateBps ?? 1)).toBeGreaterThan(4)
  const result = await run(runBaseline, poll())
  expect(figureOf(result, 'delivery-p50')).toBeGreaterThan(10_000)
})

test('without a PoP a cut is what acknowledgements wait for, with one it is not', async () => {
  const plan = withHall(planRehearsal(scenario, 1, 160), { uplink: FAST })
  const [outage] = plan.outages
  const outageMs = ((outage?.endS ?? 0) - (outage?.startS ?? 0)) * 1000
  const [pops, without] = [await run(runTwin, plan), await run(runBaseline, plan)]
  expect(figureOf(without, 'ack-p99')).toBeGreaterThan(0.85 * outageMs)
  expect(figureOf(without, 'ack-p99')).toBeLessThan(outageMs + 5_000)
  expect(figureOf(pops, 'ack-p99')).toBeLessThan(500)
  const { published, acknowledged, atCentral, lost, appliedTwice } = without.conservation
  expect({ acknowledged, atCentral, lost, appliedTwice }).toEqual({
    acknowledged: published,
    atCentral: published,
    lost: 0,
    appliedTwice: 0,
  })
  const { missedWithout } = benefitOf(pops, without, scenario.event.serviceLevels)
  expect(missedWithout.map(({ level }) => level)).toContain('Acknowledged, p99')
})

test('a second uplink takes over, and only what was on its way waits', async () => {
  const plan = withHall(planRehearsal(scenario, 1, 160), {
    uplink: FAST,
    backupUplink: { ...FAST, rttMs: 60 },
  })
  expect(figureOf(await run(runBaseline, plan), 'ack-p99')).toBeLessThan(5_000)
})

test('the same seed gives the same result bit for bit', async () => {
  const plan = planRehearsal(scenario, 1, 160)
  expect(await run(runBaseline, plan)).toEqual(await run(runBaseline, plan))
})
