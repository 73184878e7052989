// Spend so far: what was measured against what was expected of the same time, by arithmetic; and files that are refused.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventWith, remoteVenue } from '../../../infra/testing/events.ts'
import { openScenario, type Scenario } from '../../scenario.ts'
import { testCalibration } from '../../testing/calibration.ts'
import type { Usage } from '../../usage.ts'
import { expectedCost } from '../expected-cost.ts'
import { loadPriceBook } from '../price-book.ts'
import { type MeasuredUsage, readMeasuredUsage } from './read-usage.ts'
import { soFar } from './so-far.ts'

const folder = mkdtempSync(join(tmpdir(), 'so-far-'))
afterAll(() => rmSync(folder, { recursive: true }))

const HOUR_MS = 3_600_000
/** Eight hours from 09:00, 24 h of set-up and 12 h of tear-down around them; 480 people who come evenly and stay. */
const event = eventWith({ venues: [remoteVenue({ attendees: 480, stayS: null })], budget: 10n ** 18n })

let scenario: Scenario
let urn: string
beforeAll(async () => {
  scenario = await openScenario(event)
  urn = scenario.topology.venues[0]?.urn ?? ''
})

/** Over the first four hours: m people are there in the m-th minute, each chats once and opens 0.2 pages in it. */
const squares = (240 * 241 * 481) / 6
const present = (240 * 241) / 2
const EGRESS_GB = (squares * 221 + (present * 0.2 + 240) * 304_000) / 1e9

function egress(quantity: number, hours = 4): Usage {
  const window = { startMs: event.startMs, endMs: event.startMs + hours * HOUR_MS }
  return { urn, meter: 'attendee-egress', quantity, unit: 'GB', window, source: 'measured' }
}

const of = (measured: MeasuredUsage) =>
  soFar(scenario, { measured, file: 'usage.json', calibration: testCalibration, book: loadPriceBook() })

test('usage as expected ends as forecast, and hours are billed as they pass', () => {
  const found = of({ usages: [egress(EGRESS_GB)], share: 1 })
  expect(found.venues[0]?.egress).toBeCloseTo(1, 9)
  expect(found.venues[0]).toMatchObject({ uplink: null, cpu: null })
  // Between the two calibrations only the size of pages differs, and all egress of this event is free.
  const { total } = expectedCost(scenario.graph, event)
  expect(Number(found.projected) / Number(total)).toBeCloseTo(1, 1)
  expect(found.projected - found.total < 1_000_000n).toBe(true)
  // 28 of 44 hours.
  expect(Number(found.spent) / Number(found.total)).toBeCloseTo(28 / 44, 2)
  expect(found).toMatchObject({ untilAt: '2027-03-04T13:00', budget: { outcome: 'within' } })
})

test('ten times the egress costs more at the end, and some of it so far', () => {
  const [once, often] = [1, 40].map((times) => of({ usages: [egress(times * EGRESS_GB)], share: 1 }))
  expect(often?.venues[0]?.egress).toBeCloseTo(40, 6)
  expect((often?.projected ?? 0n) > (once?.projected ?? 0n)).toBe(true)
  expect((often?.spent ?? 0n) > (once?.spent ?? 0n)).toBe(true)
  expect(often?.forecast).toBe(once?.forecast)
})

test('of a rehearsal that was thinned, as much is expected as of so few', () => {
  // Half of the people: a quarter of the deliveries, half of the pages.
  const half = (squares * 221 * 0.25 + (present * 0.2 + 240) * 304_000 * 0.5) / 1e9
  expect(of({ usages: [egress(half)], share: 0.5 }).venues[0]?.egress).toBeCloseTo(1, 9)
})

test('usage of another event, of no PoP or of another time is refused, other meters are named', () => {
  const refused = (usage: Usage) => () => of({ usages: [usage], share: 1 })
  expect(refused({ ...egress(1), urn: 'urn:other' })).toThrow(/which is no PoP of summit/)
  expect(refused(egress(1, 100))).toThrow(/outside the window of summit/)
  expect(of({ usages: [egress(1), { ...egress(1), meter: 'mood' }], share: 1 }).ignored).toEqual(['mood'])
})

test('a file is a list of records or the result of a run; anything else is refused with its place', () => {
  const read = (content: unknown) => {
    const file = join(folder, 'usage.json')
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    return readMeasuredUsage(file)
  }
  const record = egress(1)
  expect(read([record])).toEqual({ usages: [record], share: 1 })
  expect(read({ result: { usage: [record], attendees: 2_000, sessions: 160 }, verdicts: [] })).toEqual({
    usages: [record],
    share: 0.08,
  })
  for (const wrong of [
    '{',
    [],
    [{ ...record, quantity: -1 }],
    { usage: [record] },
    [{ ...record, window: { startMs: 2, endMs: 1 } }],
  ]) {
    expect(() => read(wrong)).toThrow(expect.objectContaining({ code: 'MP_USAGE_INVALID', exitCode: 2 }))
  }
})
