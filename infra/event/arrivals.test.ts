// A day's arrivals are a slice of a trace or uniform; a malformed trace is told with its line.
import { describe, expect, test } from 'vitest'
import { cutArrivals, readArrivalTrace, uniformArrivals } from './arrivals.ts'
import { loadEvent } from './load.ts'
import { ARRIVALS, change, complaints, EVENT, eventFolder, MARK, markOf } from './test-event.ts'
import { MAX_TRACE_ROWS } from './trace-csv.ts'

const trace = readArrivalTrace(ARRIVALS, 'arrivals.csv')

test('the slice starts at the minute that is asked for and lasts the show', () => {
  const event = loadEvent(`${eventFolder()}/event.yaml`)
  expect(event.arrivals.perMinute).toHaveLength(120)
  expect(event.arrivals.perMinute[0]).toBe(1_010)
  expect(event.arrivals.perMinute[119]).toBe(1_129)
  expect(event.arrivals.source).toBe('arrivals.csv, 120 minutes from 1998-07-07T20:10:00Z')
})

test('without a minute the slice starts with the trace', () => {
  expect(cutArrivals(trace, undefined, 120)).toEqual({ ok: true, perMinute: [1_000, 1_001] })
})

test('a last minute that the show does not fill counts in part', () => {
  expect(cutArrivals(trace, undefined, 90)).toEqual({ ok: true, perMinute: [1_000, 500.5] })
})

test('without a trace everybody arrives evenly in the first segment', () => {
  const event = change(EVENT, 'arrivals: { trace: arrivals.csv, from: "1998-07-07T20:10:00Z" }\n', '')
  const { arrivals } = loadEvent(`${eventFolder({ event })}/event.yaml`)
  expect(arrivals.source).toBe('uniform over the first segment ("doors")')
  expect(arrivals.perMinute).toHaveLength(120)
  expect(arrivals.perMinute.every((weight, minute) => weight === (minute < 30 ? 1 : 0))).toBe(true)
})

test('a first segment of a minute and a half weighs its second minute by half', () => {
  const first = { name: 'doors', startS: 0, durationS: 90, engagement: 'low' } as const
  expect(uniformArrivals(first, 240).perMinute).toEqual([1, 0.5, 0, 0])
})

describe('refused slices', () => {
  test.each([
    ['1998-07-07T19:59:00Z', 'the trace has no 2 minutes from 1998-07-07T19:59:00Z'],
    ['1998-07-07T22:59:00Z', 'write a minute from 1998-07-07T20:00:00Z to 1998-07-07T22:58:00Z'],
    [
      '1998-07-07 20:00',
      '"1998-07-07 20:00" is not a minute of the trace; write one such as 1998-07-07T20:00:00Z',
    ],
    ['1998-07-32T20:00:00Z', 'is not a minute of the trace'],
  ])('%s', (from, message) => {
    const cut = cutArrivals(trace, from, 120)
    expect(cut.ok ? 'accepted' : cut.why).toContain(message)
  })

  test('a show that is longer than the trace', () => {
    expect(cutArrivals(trace, undefined, 86_400)).toEqual({
      ok: false,
      why: 'the trace has 180 minutes, the show 1440; name a longer trace',
    })
  })

  test('minutes in which nothing happened', () => {
    const silent = { ...trace, perMinute: trace.perMinute.map(() => 0) }
    expect(cutArrivals(silent, undefined, 120)).toEqual({
      ok: false,
      why: 'the trace has no requests in these minutes; choose others with `from`',
    })
  })
})

/** What is replaced in the trace, by what, and what is told at the mark. */
const MALFORMED: Record<string, [from: string, to: string, message: string]> = {
  'another header': [
    'minute_gmt,requests',
    `${MARK}timestamp,value`,
    'the trace’s header lacks "minute_gmt" and "requests"; write the line minute_gmt,requests first',
  ],
  'a missing minute': [
    '1998-07-07T20:05:00Z,1005\n',
    MARK,
    '1998-07-07T20:06:00Z leaves out a minute; the next one is 1998-07-07T20:05:00Z: write 0 requests where there were none',
  ],
  'a minute that was there before': [
    '1998-07-07T20:05:00Z,1005',
    `${MARK}1998-07-07T20:03:00Z,1005`,
    '1998-07-07T20:03:00Z goes back in time; the next minute is 1998-07-07T20:05:00Z',
  ],
  'a local time': [
    '1998-07-07T20:05:00Z,1005',
    `${MARK}07/07/1998 20:05,1005`,
    '"07/07/1998 20:05" is not a minute; write one such as 1998-07-07T20:45:00Z',
  ],
  'a negative count': [
    '1998-07-07T20:05:00Z,1005',
    `1998-07-07T20:05:00Z,${MARK}-1005`,
    '"-1005" is negative; write a whole number of requests, 0 or more',
  ],
  'a count that is none': [
    '1998-07-07T20:05:00Z,1005',
    `1998-07-07T20:05:00Z,${MARK}`,
    '"" is not a count; write a whole number of requests, 0 or more',
  ],
  'a cell too many': [
    '1998-07-07T20:05:00Z,1005',
    `${MARK}1998-07-07T20:05:00Z,1005,7`,
    'the row has 3 cells, the header 2; write one for each column',
  ],
  'an empty line': [
    '1998-07-07T20:05:00Z,1005\n',
    `${MARK}\n1998-07-07T20:05:00Z,1005\n`,
    'the row has 1 cells, the header 2; write one for each column',
  ],
}

test.each(Object.entries(MALFORMED))('a trace with %s', (_, [from, to, message]) => {
  const arrivals = change(ARRIVALS, from, to)
  expect(complaints({ arrivals })).toEqual([`${markOf('arrivals.csv', arrivals)}: ${message}`])
})

test('a trace without rows', () => {
  expect(complaints({ arrivals: 'minute_gmt,requests\n' })).toEqual([
    'arrivals.csv:1:1: the trace has a header and no rows',
  ])
})

test('a trace with more rows than are read', () => {
  const arrivals = `minute_gmt,requests\n${'1998-07-07T20:00:00Z,1\n'.repeat(MAX_TRACE_ROWS + 1)}`
  expect(complaints({ arrivals })).toEqual([
    `arrivals.csv:${MAX_TRACE_ROWS + 2}:1: the trace has ${MAX_TRACE_ROWS + 1} rows, more than the ${MAX_TRACE_ROWS} that are read; cut it`,
  ])
})

test('line ends of Windows and a byte order mark do no harm', () => {
  expect(readArrivalTrace(`\uFEFF${ARRIVALS.replaceAll('\n', '\r\n')}`, 'arrivals.csv')).toEqual(trace)
})
