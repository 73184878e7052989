import { describe, expect, test } from 'vitest'
import type { Ec2Pop, EventSpec } from '../../infra/event/event.ts'
import { loadEvent } from '../../infra/event/load.ts'
import { recordGraph } from '../../infra/resource-graph.ts'
import { eventWith, hallVenue, remoteVenue } from '../../infra/testing/events.ts'
import { openScenario } from '../scenario.ts'
import { testCalibration } from '../testing/calibration.ts'
import { frameBytes } from '../workload/frames.ts'
import { attendanceByMinute } from './attendance.ts'
import { surrogateUsage } from './surrogate.ts'
import { venueLoad } from './venue-load.ts'

const EVENTS = ['hybrid-conference-2000', 'week-long-series', 'pop-up-stand']
const open = (name: string) => openScenario(loadEvent(`scenarios/events/${name}.yaml`))

describe('attendance', () => {
  test('without departures is the number that has arrived', () => {
    expect([...attendanceByMinute([1, 2, 1], 3, 400, null)]).toEqual([100, 300, 400])
  })
  test('with departures settles where arrivals in a mean stay balance them', () => {
    const present = attendanceByMinute(new Array(600).fill(1), 600, 6_000, 3_600)
    // M/M/infinity: 10 arrivals a minute times a stay of 60 minutes.
    expect(present.at(-1)).toBeGreaterThan(590)
    expect(present.at(-1)).toBeLessThan(610)
  })
  test('does not depend on how finely the shape is given', () => {
    const coarse = attendanceByMinute([1, 1], 120, 1_000, 1_800)
    const fine = attendanceByMinute(new Array(120).fill(1), 120, 1_000, 1_800)
    for (const m of [10, 60, 119]) expect(coarse[m]).toBeCloseTo(fine[m] as number, 6)
  })
})

test.each(EVENTS)('every usage of %s names a resource of its graph and is a quantity', async (name) => {
  const { event, graph } = await open(name)
  const urns = new Set(graph.resources.map(({ urn }) => urn))
  const usages = surrogateUsage(graph, event, testCalibration)
  expect(usages.length).toBeGreaterThan(5)
  for (const { urn, quantity } of usages) {
    expect(urns).toContain(urn)
    expect(quantity).toBeGreaterThanOrEqual(0)
    expect(Number.isFinite(quantity)).toBe(true)
  }
})

test('more attendees never mean less work', async () => {
  const { event, topology } = await open('pop-up-stand')
  const [venue] = topology.venues
  if (!venue) throw new Error('the event has no venue')
  const loads = [10, 100, 1_000].map((attendees) =>
    venueLoad(event, { ...venue, attendees }, testCalibration),
  )
  const egress = loads.map(({ egressBytes }) => egressBytes)
  expect(egress).toEqual([...egress].sort((a, b) => a - b))
  // Deliveries go with the square of the room.
  expect((egress[2] ?? 0) / (egress[1] ?? 1)).toBeGreaterThan(10)
})

/** Usage by `TYPE METER`, added up over the resources of that type. */
async function usageOf(event: EventSpec): Promise<Map<string, number>> {
  const graph = await recordGraph(event)
  const types = new Map(graph.resources.map(({ urn, type }) => [urn, type.split(':').at(-1)]))
  const sums = new Map<string, number>()
  for (const { urn, meter, quantity } of surrogateUsage(graph, event, testCalibration)) {
    const key = `${types.get(urn)} ${meter}`
    sums.set(key, (sums.get(key) ?? 0) + quantity)
  }
  return sums
}

/** Everyone is there from the first minute to the last. */
const atOnce = (minutes: number) => ({ perMinute: [1, ...new Array(minutes - 1).fill(0)], source: 'made up' })

test('usage of a small event is its arithmetic', async () => {
  // Two days of ten minutes, an attendee a minute: 1 chat, 0.5 votes, 0.2 pages.
  const event = eventWith({
    days: 2,
    dayS: 600,
    runOfShow: [{ name: 'talk', startS: 0, durationS: 600, engagement: 'high' }],
    arrivals: atOnce(10),
    venues: [hallVenue({ attendees: 20, stayS: null }), remoteVenue({ attendees: 10, stayS: null })],
  })
  // TLS, TCP and IP around each frame.
  const around = 66
  // A record of 260 bytes to central, and an answer to it.
  const record = 260 + frameBytes.uplink.batch + around
  const answer = frameBytes.uplink.applied + around
  // A day in the remote room: 10 min × 10 people × 1.5 = 150 publishes, of which 100 chats go to 10 people each;
  // 10 first pages and 10 min × 10 people × 0.2 = 20 more. In the hall: 10 min × 20 people × 1.5 = 300 publishes.
  const remoteDay = 1_000 * (frameBytes.message + around) + 150 * (frameBytes.ack + around) + 30 * 304_000
  const expected = {
    'Instance internet-egress': (2 * remoteDay) / 1e9,
    // Both ways, at each end.
    'Instance inter-zone-transfer': (2 * 150 * (record + answer)) / 1e9,
    'Service inter-zone-transfer': (2 * 150 * (record + answer)) / 1e9,
    'Service internet-egress': (2 * 300 * answer) / 1e9,
    'LoadBalancer lb-capacity': (2 * 450 * (record + answer)) / 1e9,
    // Each of 30 attendees on each of two days: a page with images of 304,000 bytes, in 1 + 6 requests.
    'Distribution cdn-egress': (60 * 304_000) / 1e9,
    'Distribution cdn-requests': 60 * 7,
    'Record dns-queries': 60 * 2,
    'LogGroup log-ingest': (60 * 1_000) / 1e9,
    'Secret secret-requests': 10 * 2,
    // 6 × 2 MB, for a day of set-up, the day between the shows, 600 s and half a day of 31 days.
    'Bucket s3-storage': (0.012 * (86_400 + 86_400 + 600 + 43_200)) / (31 * 86_400),
    'Bucket s3-put': 6,
    // At six widths by the CDN and the PoP in the region; the hall's PoP has no way to them.
    'Bucket s3-get': 6 * 6 * 2,
    'Instance cpu-surplus-credits': 0,
  }
  const usage = await usageOf(event)
  for (const [key, quantity] of Object.entries(expected)) {
    expect(usage.get(key), key).toBeCloseTo(quantity, 12)
  }
})

test.each([
  // A vCPU for 10 h spends 600 credits and the machine earns 24 an hour, one hour of set-up ahead: 600 - 264 = 336
  // owed, which the 14 h of night pay back to the credit. The next day owes 360, and 2 h of tear-down pay 48.
  { days: 2, dayH: 10, setupS: 3_600, surplus: 312 },
  // 20 h spend 1,200 and earn 480: 720 owed, of which 576 may be paid back and 144 are billed at once. 2 h pay 48.
  { days: 1, dayH: 20, setupS: 0, surplus: 672 },
])('a machine at its limit for $days days of $dayH h owes $surplus credits', async (show) => {
  const { days, dayH, setupS, surplus } = show
  const event = eventWith({
    days,
    setupS,
    dayS: dayH * 3_600,
    teardownS: 7_200,
    runOfShow: [{ name: 'crush', startS: 0, durationS: dayH * 3_600, engagement: 'peak' }],
    arrivals: atOnce(dayH * 60),
    venues: [remoteVenue({ attendees: 50_000, stayS: null })],
  })
  const owed = async (of: EventSpec) => (await usageOf(of)).get('Instance cpu-surplus-credits')
  expect(await owed(event)).toBeCloseTo(surplus, 6)
  const standard = event.venues.map((venue) => ({
    ...venue,
    pop: { ...venue.pop, creditMode: 'standard' } as Ec2Pop,
  }))
  expect(await owed({ ...event, venues: standard })).toBe(0)
})
