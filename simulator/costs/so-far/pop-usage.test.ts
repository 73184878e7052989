// What running PoPs have counted, as usage: over the time of their process, inside the event's window, by venue.
import { expect, test } from 'vitest'
import { eventWith, hallVenue, remoteVenue } from '../../../infra/testing/events.ts'
import type { PopUsage } from '../../../runtime/operations/ask-usage.ts'
import type { Topology } from '../../topology.ts'
import { checkPops, usageOfPops } from './pop-usage.ts'

const HOUR_MS = 3_600_000
/** From 09:00 for eight hours, after 24 h of set-up. */
const event = eventWith({ venues: [hallVenue(), remoteVenue()] })
const topology = {
  venues: [
    { venue: 'hall', urn: 'urn:hall' },
    { venue: 'remote', urn: 'urn:remote' },
  ],
} as unknown as Topology
const origin = 'http://127.0.0.1:7071'
const hall: PopUsage = {
  ...{ origin, event: 'summit', pop: 'hall', upS: 7_200 },
  ...{ egressBytes: 3e9, uplinkBytes: 5e6, cpuS: 1_800 },
}
const at = (hours: number, pops: PopUsage[] = [hall]) =>
  usageOfPops(pops, { event, topology }, event.startMs + hours * HOUR_MS)

test('counters are of the time since the process began, in the units of meters', () => {
  const { usages, share } = at(4)
  expect(share).toBe(1)
  const window = { startMs: event.startMs + 2 * HOUR_MS, endMs: event.startMs + 4 * HOUR_MS }
  const of = { urn: 'urn:hall', window, source: 'measured' }
  expect(usages).toEqual([
    { ...of, meter: 'attendee-egress', quantity: 3, unit: 'GB' },
    { ...of, meter: 'uplink-sent', quantity: 0.005, unit: 'GB' },
    { ...of, meter: 'cpu-time', quantity: 0.5, unit: 'vCPU-hour' },
  ])
})

test('what a PoP does not count is not measured, and each PoP is its own venue', () => {
  const { usages } = at(4, [
    { ...hall, egressBytes: null },
    { ...hall, pop: 'remote', uplinkBytes: null, cpuS: null },
  ])
  expect(usages.map(({ urn, meter }) => `${urn} ${meter}`)).toEqual([
    'urn:hall uplink-sent',
    'urn:hall cpu-time',
    'urn:remote attendee-egress',
  ])
})

test('a process that is older than the window, or asked after it, is measured inside it alone; one outside it is refused', () => {
  const days = { ...hall, upS: 200 * 3_600 }
  expect(at(4, [days]).usages[0]?.window.startMs).toBe(event.startMs - 24 * HOUR_MS)
  const after = at(30, [days]).usages[0]?.window
  expect(after?.endMs).toBe(event.startMs + 20 * HOUR_MS)
  for (const hours of [-30, 30]) {
    expect(() => at(hours)).toThrow(
      expect.objectContaining({
        code: 'MP_USAGE_INVALID',
        exitCode: 2,
        message: expect.stringContaining('whose window is 2027-03-03 09:00 to 2027-03-05 05:00'),
        place: { file: origin },
      }),
    )
  }
})

test('a PoP of another event, of another venue or asked twice is refused by what it says itself', () => {
  const asked = (usage: Partial<PopUsage>, venue: string | null = null) => ({
    to: { venue, origin },
    usage: { ...hall, ...usage },
  })
  const refused = (...all: ReturnType<typeof asked>[]) => {
    try {
      checkPops(all, event)
    } catch (error) {
      return (error as Error).message
    }
    return null
  }
  expect(refused(asked({}), asked({ pop: 'remote' }, 'remote'))).toBeNull()
  expect(refused(asked({ event: 'other' }))).toBe(`${origin} serves the event other, not summit`)
  expect(refused(asked({}, 'remote'))).toBe(`${origin} says that it is hall, not remote`)
  expect(refused(asked({ pop: 'foyer' }))).toBe(`${origin} is foyer, which is no venue of summit`)
  expect(refused(asked({}), asked({}))).toBe(`${origin} is hall, which was asked already`)
})
