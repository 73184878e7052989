// What an outage costs: bytes, credits and sponsors' seconds by arithmetic; longer never costs less; the twin's two days differ by it alone.
import { beforeAll, describe, expect, test } from 'vitest'
import type { Ec2Pop, EventSpec, OutageTarget, Venue } from '../../../infra/event/event.ts'
import { eventWith, hallVenue, remoteVenue } from '../../../infra/testing/events.ts'
import { jobOf } from '../../monte-carlo/run-day.ts'
import { openScenario, type Scenario } from '../../scenario.ts'
import { surrogateUsage } from '../../surrogate/surrogate.ts'
import { testCalibration } from '../../testing/calibration.ts'
import { smallScenario } from '../../testing/small-job.ts'
import { frameBytes } from '../../workload/frames.ts'
import { forecast } from '../forecast.ts'
import { IRELAND } from '../testing/fixtures.ts'
import { outageCost } from './outage-cost.ts'
import type { OutageCost } from './outage-cost-result.ts'
import { twinOutageDays } from './twin-pairs.ts'

/** Central answers after 8 ms, always. */
const calibration = { ...testCalibration, applyMs: new Array(101).fill(8) }
const USD = 10n ** 12n

/** 480 people come evenly over eight hours and stay: m of them in the m-th minute, each with 1.5 messages in it. */
const sponsor = { name: 'acme', minimum: null, cap: null, venues: null, segments: null, reach: 1 }
const remote = (more: Partial<Venue> = {}) => remoteVenue({ attendees: 480, stayS: null, ...more })
const base = eventWith({
  venues: [remote()],
  sponsors: [{ ...sponsor, perUserSecond: USD / 20_000n }],
})

/** Cut after four hours, when 241 people are there, then 242. */
function cut(event: EventSpec, durationS: number, target: OutageTarget = 'uplink'): EventSpec {
  const venue = event.venues[0]?.name ?? ''
  const step = { target, venue, startS: 14_400, durationS, rehearseS: 10 }
  return { ...event, outage: { name: 'cut', file: 'cut.yaml', steps: [step] } }
}

function costOf({ graph, topology }: Scenario, event: EventSpec, with_ = calibration): OutageCost {
  const cost = forecast(graph, event, surrogateUsage(graph, event, with_), IRELAND)
  const found = outageCost(
    { graph, topology, event },
    { calibration: with_, book: IRELAND, cost, twin: null },
  )
  if (found === null) throw new Error('no outage')
  return found
}

const amount = ({ lines }: OutageCost, what: string) =>
  lines.filter(({ description }) => description.startsWith(what)).reduce((sum, line) => sum + line.amount, 0n)

let scenario: Scenario
beforeAll(async () => {
  scenario = await openScenario(base)
})

describe('two minutes without the uplink', () => {
  let found: OutageCost
  beforeAll(() => {
    found = costOf(scenario, cut(base, 120))
  })

  test('what is on its way is paid for twice, at both ends', () => {
    // 10 ms of 240 people at the cut, then 5 s of 241 until the connection is given up: 1.5 messages a minute each.
    const records = 0.01 * 240 * (1.5 / 60) + 5 * 241 * (1.5 / 60)
    // A record alone in its batch, and central's answer, each with 66 bytes of headers.
    const bytes = 260 + frameBytes.uplink.batch + 66 + frameBytes.uplink.applied + 66
    const gb = (records * bytes) / 2 ** 30
    const transfers = found.lines.filter(({ description }) => description.startsWith('transfer between'))
    expect(transfers.map(({ venue }) => venue)).toEqual(['remote', 'central'])
    for (const line of transfers) {
      expect(Number(line.quantity)).toBeCloseTo(gb, 8)
      expect(line).toMatchObject({ rate: '0.01', unit: 'GB', rateSource: { id: 'price-list' } })
    }
    expect(Number(amount(found, 'transfer between')) / 1e12).toBeCloseTo(2 * gb * 0.01, 9)
  })

  test('nobody at the PoP notices; without PoPs all who are there would be cut off, and sponsors miss them', () => {
    expect(found.lines.at(-1)).toMatchObject({
      ...{ kind: 'income', quantity: '0', unit: 'user-second', rate: '0.00005' },
      ...{ amount: 0n, rateSource: { id: 'event file' } },
    })
    const { withPops, withoutPops } = found.missed
    expect(withPops).toEqual({ attendeeSeconds: 0, messages: 0, income: 0n })
    // 60 s × 241 and 60 s × 242 people, 1.5 messages a minute each, at 0.00005 USD.
    expect(withoutPops.attendeeSeconds).toBeCloseTo(28_980, 6)
    expect(withoutPops.messages).toBeCloseTo((28_980 / 60) * 1.5, 6)
    expect(withoutPops.income).toBe((1_449n * USD) / 1_000n)
    expect(found.total).toBe(found.bill)
    expect(found.bill).toBe(
      found.lines.reduce((sum, line) => sum + (line.kind === 'bill' ? line.amount : 0n), 0n),
    )
  })

  test('the queue holds what was published meanwhile and until the PoP sends again', () => {
    // (241 + 242) × 1.5 messages; a try to connect comes at most 3 s after the one before.
    const rate = (483 * 1.5) / 120
    const [of] = found.recoveries
    expect(of).toMatchObject({ venue: 'remote', target: 'uplink', day: 1, goneS: 120 })
    expect(of?.backlog).toBeGreaterThan(483 * 1.5)
    expect(of?.backlog).toBeLessThan(483 * 1.5 + 7 * rate)
    // 1,000 records a transaction of 8 ms; the line takes more, 1 Gbit/s ÷ 2,080 bits. So central decides.
    expect(of?.drainS).toBeCloseTo((of?.backlog ?? 0) / (125_000 - rate), 3)
    expect(of?.recoveryS).toBeGreaterThan(of?.drainS ?? 0)
  })

  test('a machine that owes no credits owes none more, and says why', () => {
    const credits = found.lines.find(({ description }) => description === 'surplus CPU credits')
    expect(credits).toMatchObject({ quantity: '0', rate: '0.05', amount: 0n })
    expect(credits?.why).toMatch(/goes up a second time/)
  })
})

test('a machine that owes credits pays for what it does twice; in standard mode it is slow for longer, and pays nothing', async () => {
  const heavy = { ...calibration, cpu: { ...calibration.cpu, publishMs: 80 } }
  const short = { ...base, setupS: 0, teardownS: 0 }
  const owing = costOf(scenario, cut(short, 120), heavy)
  // 30.185 records × 80 ms, in hours of a vCPU.
  const hours = (30.185 * 80) / 3_600_000
  const credits = owing.lines.find(({ description }) => description === 'surplus CPU credits')
  expect(Number(credits?.quantity)).toBeCloseTo(hours, 7)
  expect(owing.throttled).toEqual([])

  const pop = { ...(remote().pop as Ec2Pop), creditMode: 'standard' as const }
  const standard = { ...short, venues: [remote({ pop })] }
  const slow = costOf(await openScenario(standard), cut(standard, 120), heavy)
  expect(amount(slow, 'surplus')).toBe(0n)
  expect(slow.throttled[0]?.venue).toBe('remote')
  expect(slow.throttled[0]?.minutes).toBeGreaterThan(0)
})

test('who joins a PoP that is killed misses it until it is up again, and all connect anew', () => {
  const killed = costOf(scenario, cut(base, 120, 'pop'))
  // And 1.3 s × 243 people while its process starts.
  expect(killed.lines.at(-1)?.quantity).toBe('29295.9')
  // 0.00005 USD each.
  expect(killed.income).toBe((14_647_950n * USD) / 10_000_000n)
  expect(killed.total).toBe(killed.bill + killed.income)
  expect(killed.missed.withPops.income).toBe(killed.income)
  expect(killed.missed.withPops.attendeeSeconds).toBeCloseTo(29_295.9, 6)
  // Without PoPs there is none to be killed.
  expect(killed.missed.withoutPops).toEqual({ attendeeSeconds: 0, messages: 0, income: 0n })
  expect(killed.lines.find(({ description }) => description === 'surplus CPU credits')?.why).toMatch(
    /all connect again/,
  )
})

test('a hall without its uplink costs its sponsors nothing, and its rented line no more', async () => {
  const hall = hallVenue({ attendees: 480, lineRents: [{ uplink: 'hall-line', perDay: USD }] })
  const event = { ...base, venues: [hall] }
  const found = costOf(await openScenario(event), cut(event, 120))
  expect(found.income).toBe(0n)
  expect(found.missed.withPops).toEqual({ attendeeSeconds: 0, messages: 0, income: 0n })
  expect(found.missed.withoutPops.attendeeSeconds).toBeCloseTo(28_980, 6)
  expect(found.missed.withoutPops.income).toBe((1_449n * USD) / 1_000n)
  expect(found.lines.find(({ description }) => description === 'rent of the line hall-line')).toMatchObject({
    ...{ quantity: '0', amount: 0n, why: 'a rented line is paid by the day, whatever goes over it' },
  })
  // Central's answers leave over the internet; the first 100 GB a month are free.
  const egress = found.lines.find(({ description }) => description.startsWith('internet egress'))
  expect(Number(egress?.quantity)).toBeGreaterThan(0)
  expect(found.total).toBe(found.bill)
  expect(found.total < USD / 1_000n).toBe(true)
})

test.each(['uplink', 'pop'] as const)('a longer outage of the %s never costs less', (target) => {
  const heavy = { ...calibration, cpu: { ...calibration.cpu, publishMs: 60 } }
  const totals = [1, 5, 10, 60, 300, 900, 3_600].map((seconds) =>
    costOf(scenario, cut(base, seconds, target), heavy),
  )
  for (const [i, { total, lines }] of totals.entries()) {
    const before = totals[i - 1]
    expect(total >= (before?.total ?? 0n), `length ${i}`).toBe(true)
    if (before && target === 'uplink') {
      expect(lines.map(({ amount: of }) => of).every((of, k) => of >= (before.lines[k]?.amount ?? 0n))).toBe(
        true,
      )
    }
  }
})

test('without an outage there is nothing to say, and on a later day it costs what it would on the first', async () => {
  const options = { calibration, book: IRELAND, twin: null }
  const cost = forecast(scenario.graph, base, surrogateUsage(scenario.graph, base, calibration), IRELAND)
  expect(outageCost({ ...scenario, event: base }, { ...options, cost })).toBeNull()
  const three = { ...base, days: 3 }
  const first = cut(three, 120)
  const [step] = first.outage?.steps ?? []
  if (!step || !first.outage) throw new Error('no step')
  const second = { ...three, outage: { ...first.outage, steps: [{ ...step, startS: 86_400 + step.startS }] } }
  const [a, b] = [first, second].map((event) => costOf(scenario, event))
  expect(b?.total).toBe(a?.total)
  expect(b?.recoveries[0]).toEqual({ ...a?.recoveries[0], day: 2 })
})

test('in the twin two days of one seed differ by the outage alone', async () => {
  const stand = await smallScenario()
  const days = await twinOutageDays(stand, testCalibration, { seed: 5, pairs: 2 })
  expect(days.length).toBe(1)
  const [day] = days
  const counted = (side: 'with' | 'without', meter: string) =>
    day?.[side].find((of) => of.meter === meter)?.quantity ?? Number.NaN
  // Attendees of a PoP do not notice: what they are sent is the same to the byte.
  expect(counted('with', 'attendee-egress')).toBe(counted('without', 'attendee-egress'))
  expect(counted('with', 'uplink-sent')).not.toBe(counted('without', 'uplink-sent'))
  expect(day?.backlog).toBeGreaterThan(0)
  expect(day?.drainS).toBeGreaterThanOrEqual(0)
  expect(day?.recoveryS).toBeGreaterThan(0)
  expect(jobOf(stand, testCalibration).window).toEqual({ startS: 0, endS: stand.event.dayS })

  const { graph, event } = stand
  const cost = forecast(graph, event, surrogateUsage(graph, event, testCalibration), IRELAND)
  const found = outageCost(stand, { calibration: testCalibration, book: IRELAND, cost, twin: days })
  expect(found).toMatchObject({ through: 'twin', pairs: 2, outside: [] })
  expect(found?.recoveries).toMatchObject([{ venue: null, target: null, day: 1, backlog: day?.backlog }])
  const both = (line: { description: string }) => line.description.startsWith('transfer between')
  const records =
    ((counted('with', 'uplink-sent') - counted('without', 'uplink-sent')) * 1e9) /
    (260 + frameBytes.uplink.batch + 66)
  const gb = (records * (260 + frameBytes.uplink.batch + 132 + frameBytes.uplink.applied)) / 2 ** 30
  for (const line of found?.lines.filter(both) ?? []) expect(Number(line.quantity)).toBeCloseTo(gb, 7)
})
