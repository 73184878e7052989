import { beforeAll, describe, expect, test } from 'vitest'
import { loadEvent } from '../../infra/event/load.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import { openScenario, planCalibration, planDay, planRehearsal, type Scenario } from '../scenario.ts'
import { outagesIn, planRun } from './plan.ts'
import { drawn, type RunPlan } from './run-plan.ts'

let conference: Scenario
let series: Scenario
beforeAll(async () => {
  conference = await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
  series = await openScenario(loadEvent('scenarios/events/week-long-series.yaml'))
})

function expectSound(plan: RunPlan): void {
  const links = new Map(plan.links.map((link) => [link.id, link]))
  const { sessions } = drawn(plan)
  expect(new Set(plan.sessions.map(({ client }) => client)).size).toBe(plan.sessions.length)
  const ascending = (times: number[]) => times.every((time, i) => i === 0 || time >= (times[i - 1] as number))
  const unsound = sessions.filter(({ client, venue, link, startMs, endMs, actions, dropsAtMs }) => {
    const times = actions.map(({ atMs }) => atMs)
    const within = [...times, ...dropsAtMs].every((atMs) => atMs >= startMs && atMs <= endMs)
    const placed = links.get(link)?.venue === venue && startMs >= 0 && endMs <= plan.durationMs
    return !(within && placed && ascending(times) && /^[A-Za-z0-9_-]{1,64}$/.test(client))
  })
  expect(unsound).toEqual([])
}

describe('the plan of a day', () => {
  test('has everyone, each within the show', () => {
    const plan = planDay(conference, 1)
    expectSound(plan)
    expect(plan.sessions).toHaveLength(2_000)
    expect(plan.venues.map(({ name, sessions }) => [name, sessions])).toEqual([
      ['hall', 1_200],
      ['remote', 800],
    ])
    expect(plan.venues[0]?.uplink.rateBps).toBe(conference.topology.venues[0]?.uplink.rateBps)
  })
  test('draws what an attendee does while it is read, the same each time and in a file', () => {
    const [session] = planDay(conference, 1).sessions
    const actions = [...(session?.actions ?? [])]
    expect(actions.length).toBeGreaterThan(50)
    expect([...(session?.actions ?? [])]).toEqual(actions)
    expect(JSON.parse(JSON.stringify(session)).actions).toEqual(actions)
  })
  test('leaves what attendees do of one kind where it was when they do more of another', () => {
    const twice = Object.fromEntries(
      Object.entries(conference.event.engagement).map(([level, of]) => [level, { ...of, vote: of.vote * 2 }]),
    ) as typeof conference.event.engagement
    const chats = (scenario: Scenario) =>
      drawn(planDay(scenario, 1)).sessions.flatMap(({ actions }) =>
        actions.filter(({ kind }) => kind === 'chat'),
      )
    expect(chats({ ...conference, event: { ...conference.event, engagement: twice } })).toEqual(
      chats(conference),
    )
  })
  test('is the day that has the outage', () => {
    const plan = planDay(series, 1)
    const outageS = series.event.outage?.steps[0]?.startS ?? 0
    expect(plan.window.startS).toBe(Math.floor(outageS / 86_400) * 86_400)
    expect(plan.window.startS).toBeGreaterThan(0)
    expect(plan.outages.map(({ venue }) => venue)).toEqual(
      series.event.outage?.steps.map(({ venue }) => venue),
    )
    expectSound(plan)
  })
  test('splits each access class evenly over its rates', () => {
    const plan = planDay(conference, 1)
    const count = (prefix: string) => plan.sessions.filter(({ link }) => link.startsWith(prefix)).length
    const strong = count('hall/wifi_5GHz/strong/')
    expect(strong / 1_200).toBeGreaterThan(0.55)
    expect(strong / 1_200).toBeLessThan(0.65)
    for (const tier of [0, 1, 2]) {
      expect(Math.abs(count(`hall/wifi_5GHz/strong/${tier}`) / strong - 1 / 3)).toBeLessThan(0.06)
    }
    const rates = plan.links.filter(({ id }) => id.startsWith('hall/wifi_5GHz')).map(({ rateBps }) => rateBps)
    expect(rates).toEqual([...rates].sort((a, b) => a - b))
  })
})

describe('the plan of a rehearsal', () => {
  test('is thinned to its sessions, venues in proportion, uplinks scaled alike', () => {
    const plan = planRehearsal(conference, 1, 160)
    expectSound(plan)
    expect(plan.sessions).toHaveLength(160)
    const [hall] = plan.venues
    const rate = conference.topology.venues[0]?.uplink.rateBps ?? 0
    expect(hall?.sessions).toBeGreaterThan(90)
    expect((hall?.uplink.rateBps ?? 0) / rate).toBeGreaterThan(0.07)
    expect((hall?.uplink.rateBps ?? 0) / rate).toBeLessThan(0.16)
  })
  test('has the outage at its rehearsal length, with room to see the recovery', () => {
    const plan = planRehearsal(conference, 1, 160)
    const [outage] = plan.outages
    const lengthS = (outage?.endS ?? 0) - (outage?.startS ?? 0)
    expect(lengthS).toBe(25)
    expect(plan.durationMs / 1000 - (outage?.endS ?? 0)).toBeGreaterThanOrEqual(15)
  })
  test('holds every step that begins while the first one lasts', () => {
    const plan = planRehearsal(series, 1, 120)
    expect(plan.outages).toHaveLength(series.event.outage?.steps.length ?? 0)
    expect(plan.outages.every(({ startS, endS }) => startS > 0 && endS < plan.durationMs / 1000)).toBe(true)
  })
  test('goes on for longer where the crowd is small, for its p99 to mean something', async () => {
    const stand = await openScenario(loadEvent('scenarios/events/pop-up-stand.yaml'))
    const publishes = (plan: RunPlan) =>
      drawn(plan)
        .sessions.flatMap(({ actions }) => actions)
        .filter(({ kind }) => kind !== 'page').length
    const [small, large] = [planRehearsal(stand, 1, 150), planRehearsal(conference, 1, 160)]
    expect(small.durationMs).toBeGreaterThan(large.durationMs)
    expect(publishes(small)).toBeGreaterThanOrEqual(381)
    expect(publishes(large)).toBeGreaterThanOrEqual(381)
    expect(large.durationMs).toBe(57_000)
  })
  test('draws the same plan from the same seed and another from another', () => {
    expect(planRehearsal(conference, 1, 160)).toEqual(planRehearsal(conference, 1, 160))
    expect(planRehearsal(conference, 2, 160)).not.toEqual(planRehearsal(conference, 1, 160))
  })
  test('shares no second and no seed with its calibration', () => {
    const scored = planRehearsal(conference, 1, 160)
    const quiet = planCalibration(conference, 1, 160)
    expectSound(quiet)
    expect(quiet.window.endS).toBeLessThanOrEqual(scored.window.startS)
    expect(quiet.seed).not.toBe(scored.seed)
    expect(quiet.outages).toEqual([])
  })
  test('needs an outage, and says so with the event file', () => {
    const without = { ...conference, event: { ...conference.event, outage: null } }
    expect(() => planRehearsal(without, 1, 100)).toThrow(
      expect.objectContaining({ code: 'MP_NO_OUTAGE', place: { file: conference.event.file } }),
    )
  })
})

test('a window in which nobody is there is refused', () => {
  const window = { startS: 0, endS: 0.001 }
  expect(() => planRun(conference.event, conference.topology, { seed: 1, window, outages: [] })).toThrow(
    InvalidInput,
  )
})

test('an access class without transfers in the trace is refused by name', () => {
  const event = { ...conference.event, accessTrace: { ...conference.event.accessTrace, ratesBps: {} } }
  const window = { startS: 0, endS: 3_600 }
  expect(() => planRun(event, conference.topology, { seed: 1, window, outages: [] })).toThrow(
    /wifi_5GHz\/strong/,
  )
})

test('outages are cut out of the day relative to the window', () => {
  const [step] = conference.event.outage?.steps ?? []
  const startS = (step?.startS ?? 0) - 10
  expect(outagesIn(conference.event, { startS, endS: startS + 100 })[0]).toMatchObject({
    startS: 10,
    endS: 310,
  })
  expect(outagesIn(conference.event, { startS: 0, endS: 60 })).toEqual([])
})
