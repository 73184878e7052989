import { beforeAll, describe, expect, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import type { ChannelRule, StandingAggregate } from '../runtime/pop-config.ts'
import { NEVER_ACKED_MS } from './models/attendee-client.ts'
import type { FigureId, RunResult } from './run-result.ts'
import { openScenario, planDay, planRehearsal, type Scenario } from './scenario.ts'
import { venueLoad } from './surrogate/venue-load.ts'
import { testCalibration } from './testing/calibration.ts'
import { runTwin } from './twin.ts'
import type { RunPlan } from './workload/run-plan.ts'

let scenario: Scenario
beforeAll(async () => {
  scenario = await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
})

async function run(
  plan: RunPlan,
  { topology, event }: Pick<Scenario, 'topology' | 'event'> = scenario,
  signal?: AbortSignal,
): Promise<RunResult> {
  return runTwin({
    event,
    topology,
    plan,
    calibration: testCalibration,
    reproduce: 'test',
    wallMs: () => 0,
    ...(signal && { signal }),
  })
}

const figure = (result: RunResult, id: FigureId) => result.figures.find((f) => f.id === id)?.value ?? null
const withOutage = (plan: RunPlan, seconds: number): RunPlan => ({
  ...plan,
  outages: plan.outages.map((outage) => ({ ...outage, endS: outage.startS + seconds })),
})

describe('a rehearsal window in the twin', () => {
  test('the same seed gives the same result bit for bit, another seed another', async () => {
    const plan = planRehearsal(scenario, 1, 160)
    const first = await run(plan)
    expect(await run(planRehearsal(scenario, 1, 160))).toEqual(first)
    expect((await run(planRehearsal(scenario, 2, 160))).series).not.toEqual(first.series)
  })

  test('nothing acknowledged is lost or applied twice through the outage', async () => {
    const result = await run(planRehearsal(scenario, 1, 160))
    const { published, acknowledged, atCentral, lost, appliedTwice, refused } = result.conservation
    expect(published).toBeGreaterThan(300)
    expect({ acknowledged, atCentral, lost, appliedTwice, refused }).toEqual({
      acknowledged: published,
      atCentral: published,
      lost: 0,
      appliedTwice: 0,
      refused: 0,
    })
  })

  test('the hall does not notice: acknowledgements stay fast while the backlog grows', async () => {
    const plan = planRehearsal(scenario, 1, 160)
    const { series, outages } = await run(plan)
    const [outage] = outages
    if (!outage) throw new Error('the scenario has no outage')
    const during = (values: (number | null)[]) =>
      values.slice(Math.ceil(outage.startS) + 1, Math.floor(outage.endS)).filter((v) => v !== null)
    expect(Math.max(...during(series.ackP99Ms))).toBeLessThan(scenario.event.serviceLevels.ackP99Ms)
    expect(during(series.backlog).at(-1)).toBeGreaterThan(100)
    expect(series.backlog.slice(0, Math.floor(outage.startS)).every((b) => (b ?? 0) < 20)).toBe(true)
    expect(series.backlog.at(-1)).toBeLessThan(20)
  })

  test('a second uplink carries the hall through the outage of the first, and neither needs the other', async () => {
    const plan = planRehearsal(scenario, 1, 160)
    const backupUplink = { rateBps: 500_000, rttMs: 60 }
    const backedUp = {
      ...plan,
      venues: plan.venues.map((venue) => (venue.name === 'hall' ? { ...venue, backupUplink } : venue)),
    }
    const without = figure(await run(plan), 'backlog-peak') ?? 0
    const swapped = backedUp.outages.map((cut) => ({ ...cut, target: 'backup-uplink' as const }))
    for (const outages of [backedUp.outages, swapped]) {
      const result = await run({ ...backedUp, outages })
      expect(figure(result, 'backlog-peak')).toBeLessThan(without / 2)
      expect(result.conservation.lost + result.conservation.appliedTwice).toBe(0)
      expect(result.conservation.atCentral).toBe(result.conservation.published)
    }
    const both = await run({ ...backedUp, outages: [...backedUp.outages, ...swapped] })
    expect(figure(both, 'backlog-peak')).toBeGreaterThan(100)
    expect(both.conservation.lost).toBe(0)
  })

  test('a longer outage never leaves a smaller backlog', async () => {
    const plan = planRehearsal(scenario, 1, 160)
    const peaks: number[] = []
    for (const seconds of [0.001, 8, 16, 24]) {
      peaks.push(figure(await run(withOutage(plan, seconds)), 'backlog-peak') ?? 0)
    }
    expect(peaks).toEqual([...peaks].sort((a, b) => a - b))
    expect(peaks[3]).toBeGreaterThan((peaks[0] ?? 0) + 50)
  })

  const withHallQueue = (queueBytes: number) => ({
    ...scenario,
    topology: {
      ...scenario.topology,
      venues: scenario.topology.venues.map((venue) =>
        venue.venue === 'hall' ? { ...venue, pop: { ...venue.pop, queueBytes } } : venue,
      ),
    },
  })

  test('what stays at the venue costs the uplink nothing, and its counts go up in its place', async () => {
    const bytes = (result: RunResult) =>
      result.usage.reduce(
        (sum, { meter, quantity }) => sum + (meter === 'uplink-sent' ? quantity * 1e9 : 0),
        0,
      )
    const votes: ChannelRule = { match: 'collect.*', partitions: 1, slow: [], upstream: 'none', relay: true }
    const counted: StandingAggregate = {
      name: 'votes',
      ch: 'collect.poll',
      agg: { is: 'count', by: 'body.text' },
      everyMs: 5_000,
    }
    const as = async (channels: ChannelRule[], standing: StandingAggregate[]) => {
      const told = await openScenario({ ...scenario.event, channels, standing })
      return run(planRehearsal(told, 1, 160), told)
    }
    const [all, kept, counts] = [await as([], []), await as([votes], []), await as([votes], [counted])]
    for (const { conservation } of [kept, counts]) {
      expect(conservation).toMatchObject({ published: all.conservation.published, lost: 0, appliedTwice: 0 })
      expect(conservation.acknowledged).toBe(conservation.published)
      expect(conservation.atCentral).toBeGreaterThan(0)
      expect(conservation.atCentral).toBeLessThan(all.conservation.atCentral / 2)
    }
    expect(bytes(kept)).toBeLessThan(bytes(counts))
    expect(bytes(counts)).toBeLessThan(bytes(all) * 0.7)
  })

  test('a queue without room refuses, and takes what is sent again once the uplink is back', async () => {
    const result = await run(planRehearsal(scenario, 1, 160), withHallQueue(4_000))
    const { published, acknowledged, refused, lost } = result.conservation
    expect(refused).toBeGreaterThan(50)
    expect({ acknowledged, lost }).toEqual({ acknowledged: published, lost: 0 })
    expect(figure(result, 'ack-p99')).toBeGreaterThan(5_000)
    expect(figure(result, 'ack-p99')).toBeLessThan(NEVER_ACKED_MS)
  })

  test('what is refused until its session has ended is never acknowledged, and counts as endless', async () => {
    const plan = planRehearsal(scenario, 1, 160)
    const result = await run(withOutage(plan, plan.durationMs / 1_000 + 60), withHallQueue(4_000))
    const { published, acknowledged, refused, atCentral, lost } = result.conservation
    expect(refused).toBeGreaterThan(50)
    expect({ acknowledged, atCentral, lost }).toEqual({
      acknowledged: published - refused,
      atCentral: published - refused,
      lost: 0,
    })
    const ack = result.figures.find(({ id }) => id === 'ack-p99')
    expect(ack).toMatchObject({ value: NEVER_ACKED_MS, samples: published })
  })

  test('processor time is that of the work and of being there', async () => {
    const plan = planRehearsal(scenario, 1, 160)
    const cpuMs = async (of: RunPlan) => {
      const { usage } = await run(of)
      return usage.filter(({ meter }) => meter === 'cpu-time').map(({ quantity }) => quantity * 3_600_000)
    }
    const { idleMsPerMinute, joinMs, publishMs, pageMs } = testCalibration.cpu
    const idleMs = (plan.durationMs / 60_000) * idleMsPerMinute
    for (const ms of await cpuMs({ ...plan, sessions: [] })) expect(ms).toBeCloseTo(idleMs)
    const sessions = plan.sessions.filter(({ venue }) => venue === 'remote')
    const joins = sessions.reduce((sum, { dropsAtMs }) => sum + 1 + dropsAtMs.length, 0)
    const remote = sessions.flatMap(({ actions }) => actions)
    const pages = remote.filter(({ kind }) => kind === 'page').length
    const leastMs = idleMs + joins * joinMs + (remote.length - pages) * publishMs + pages * pageMs
    const [, remoteMs] = await cpuMs(plan)
    expect(remoteMs).toBeGreaterThan(leastMs)
    expect(remoteMs).toBeLessThan(leastMs + 50)
  })

  test('an aborted run throws the reason it was given', async () => {
    const reason = new Error('enough')
    await expect(run(planDay(scenario, 1), scenario, AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})

test('the whole day carries all attendees through a five-minute outage and drains', async () => {
  const plan = planDay(scenario, 1)
  const result = await run(plan)
  expect(result.sessions).toBe(2_000)
  expect(result.conservation.lost).toBe(0)
  expect(result.conservation.acknowledged).toBe(result.conservation.published)
  expect(result.series.tS).toHaveLength(8 * 3600)
  expect(figure(result, 'recovery')).toBeLessThan(60)

  const expected = scenario.topology.venues.map((venue) => venueLoad(scenario.event, venue, testCalibration))
  const publishes = expected.reduce((sum, load) => sum + load.publishes, 0)
  expect(Math.abs(result.conservation.published / publishes - 1)).toBeLessThan(0.03)
}, 60_000)
