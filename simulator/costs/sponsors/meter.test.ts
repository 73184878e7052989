import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SessionLogBody } from '../../../runtime/protocol/show.ts'
import { IntervalStore, type LoggedInterval } from './interval-store.ts'
import { countedOnce, meter } from './meter.ts'
import { SessionIntervals } from './session-intervals.ts'

const WINDOW = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER }
const DUBLIN = 'Europe/Dublin'

interface Logged {
  off: number
  body: SessionLogBody | null
}

/** What is counted of logs, each of its own venue. */
function countedOf(logs: Record<string, Logged[]>): LoggedInterval[] {
  using store = new IntervalStore()
  readAll(store, logs)
  return [...countedOnce(store.sorted())]
}

function readAll(store: IntervalStore, logs: Record<string, Logged[]>) {
  const readers = Object.entries(logs).map(([venue, records]) => {
    const reader = new SessionIntervals(store, { venue, source: `${venue}.jsonl` })
    for (const record of records) reader.add({ ...record, place: `${venue}.jsonl:${record.off}` })
    return reader
  })
  return readers.map((reader) => reader.end())
}

function logOf(...bodies: (SessionLogBody | null)[]): Logged[] {
  return bodies.map((body, i) => ({ off: i + 1, body }))
}

const QUIZ = { id: 'quiz', ch: 'room', sponsor: 'acme' }
const WALL = { id: 'wall', ch: 'wall', sponsor: 'acme' }

function sumMs(counted: Iterable<LoggedInterval>): number {
  let ms = 0
  for (const { startMs, stopMs } of counted) ms += stopMs - startMs
  return ms
}

describe('a second of a person counts once a sponsor', () => {
  test('two features at once, from two devices: the one that began first has it', () => {
    const log = logOf(
      { feature: QUIZ, stop: [['ann', 1_000, 9_000]] },
      { feature: WALL, stop: [['ann', 4_000, 12_000]] },
    )
    expect(
      countedOf({ hall: log }).map(({ feature, startMs, stopMs }) => [feature, startMs, stopMs]),
    ).toEqual([
      ['quiz', 1_000, 9_000],
      ['wall', 9_000, 12_000],
    ])
  })

  test('at two venues at once too; of two sponsors each has its own', () => {
    const other = { ...WALL, sponsor: 'globex' }
    const counted = countedOf({
      hall: logOf({ feature: QUIZ, stop: [['ann', 0, 10_000]] }),
      remote: logOf(
        { feature: QUIZ, stop: [['ann', 5_000, 15_000]] },
        { feature: other, stop: [['ann', 0, 7_000]] },
      ),
    })
    expect(sumMs(counted.filter(({ sponsor }) => sponsor === 'acme'))).toBe(15_000)
    expect(sumMs(counted.filter(({ sponsor }) => sponsor === 'globex'))).toBe(7_000)
  })

  test('who reconnects is not counted meanwhile, and from the same instant on without a break', () => {
    const log = logOf({
      feature: QUIZ,
      stop: [
        ['ann', 0, 4_000],
        ['ann', 6_000, 9_000],
        ['ann', 9_000, 9_500],
      ],
    })
    expect(sumMs(countedOf({ hall: log }))).toBe(4_000 + 3_500)
  })
})

describe('what has no end', () => {
  test('counts to the last heartbeat: a PoP that was killed, or one that is still running', () => {
    const log = logOf({ feature: QUIZ, start: [['ann', 1_000]], at: 1_500 }, { at: 11_500 })
    using store = new IntervalStore()
    expect(readAll(store, { hall: log })).toEqual([{ venue: 'hall', sessions: 1, atMs: 11_500 }])
    expect(sumMs(countedOnce(store.sorted()))).toBe(10_500)
  })

  test('that began after the last heartbeat counts nothing, and never backwards', () => {
    const log = logOf({ at: 500 }, { feature: QUIZ, start: [['ann', 1_000]] })
    expect(countedOf({ hall: log })).toEqual([])
  })

  test('in an older copy of a log ends where the newer one says', () => {
    const log = logOf(
      { feature: QUIZ, start: [['ann', 1_000]], at: 1_500 },
      { feature: QUIZ, stop: [['ann', 1_000, 3_000]], at: 9_000 },
    )
    using store = new IntervalStore()
    const older = new SessionIntervals(store, { venue: 'hall', source: 'older' })
    const newer = new SessionIntervals(store, { venue: 'hall', source: 'newer' })
    for (const record of log.slice(0, 1)) older.add({ ...record, place: '' })
    for (const record of log) newer.add({ ...record, place: '' })
    expect([older.end(), newer.end()]).toEqual([null, null])
    expect(sumMs(countedOnce(store.sorted()))).toBe(2_000)
  })
})

test('a clock that is set forward leaves a hole, and sleep does: neither is counted', () => {
  // The log cuts at a step of ten minutes: 2 s before it, 3 s after.
  const log = logOf({
    feature: QUIZ,
    stop: [
      ['ann', 0, 2_000],
      ['ann', 602_000, 605_000],
    ],
  })
  expect(sumMs(countedOf({ hall: log }))).toBe(5_000)
})

describe('a log that is not whole is refused', () => {
  test('with what is missing, and where', () => {
    const [first, second, third, fourth] = logOf({ at: 1 }, { at: 2 }, { at: 3 }, { at: 4 }) as [
      Logged,
      Logged,
      Logged,
      Logged,
    ]
    expect(() => countedOf({ hall: [first, third] })).toThrow(
      'hall.jsonl: record 2 of the session log is missing before hall.jsonl:3',
    )
    expect(() => countedOf({ hall: [third, fourth] })).toThrow(
      'records 1 to 2 of the session log are missing before hall.jsonl:3',
    )
    expect(() => countedOf({ hall: [] })).toThrow('hall.jsonl has no session log')
    expect(countedOf({ hall: [fourth, third, first, second, second] })).toEqual([])
  })

  test('but records that another PoP of the room published are in it, and counted in its own log', () => {
    expect(
      countedOf({ hall: logOf({ at: 1 }, null, { feature: QUIZ, stop: [['ann', 0, 5]] }) }),
    ).toHaveLength(1)
  })
})

test('days are those of the event’s calendar, also on the day when the clocks go back', () => {
  // Dublin, Sunday 25 October 2026 has 25 hours: from 23:00Z on Saturday to 00:00Z on Monday.
  const startMs = Date.parse('2026-10-24T22:00:00Z')
  const stopMs = Date.parse('2026-10-26T02:00:00Z')
  const one = { sponsor: 'acme', client: 'ann', venue: 'hall', feature: 'quiz', startMs, stopMs }
  const { lines, outsideMs } = meter([one], DUBLIN, { startMs, endMs: stopMs - 1_000 })
  expect(lines.map(({ day, ms }) => [day, ms / 3_600_000])).toEqual([
    ['2026-10-24', 1],
    ['2026-10-25', 25],
    ['2026-10-26', 2],
  ])
  expect(outsideMs).toBe(1_000)
})

const END = 40
const interval = fc
  .record({
    sponsor: fc.constantFrom('acme', 'globex', null),
    client: fc.constantFrom('ann', 'bob'),
    venue: fc.constantFrom('hall', 'remote'),
    feature: fc.constantFrom('a', 'b', 'c'),
    from: fc.nat(END),
    length: fc.nat(15),
  })
  .map(({ from, length, ...of }) => ({ ...of, startMs: from * 1_000, stopMs: (from + length) * 1_000 }))

test('whatever overlaps: user-seconds are those of a count second by second, each with the feature that began first', () => {
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 30 }), (intervals) => {
      const expected: Record<string, number> = {}
      for (const sponsor of ['acme', 'globex', null]) {
        for (const client of ['ann', 'bob']) {
          for (let atMs = 0; atMs < (END + 16) * 1_000; atMs += 1_000) {
            const [first] = intervals
              .filter(
                (one) =>
                  one.sponsor === sponsor &&
                  one.client === client &&
                  one.startMs <= atMs &&
                  atMs < one.stopMs,
              )
              .map(({ startMs, venue, feature }) =>
                [String(startMs).padStart(9, '0'), venue, feature].join(' '),
              )
              .sort()
            if (first === undefined) continue
            const [, venue, feature] = first.split(' ')
            const key = [sponsor, venue, feature].join(' ')
            expected[key] = (expected[key] ?? 0) + 1
          }
        }
      }
      using store = new IntervalStore()
      for (const one of intervals) store.add(one)
      const { lines } = meter(store.sorted(), 'UTC', WINDOW)
      const found = Object.fromEntries(
        lines.map(({ sponsor, venue, feature, ms }) => [[sponsor, venue, feature].join(' '), ms / 1_000]),
      )
      expect(found).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})

test('the order of records and their being there twice change nothing', () => {
  const scenario = fc.array(interval, { minLength: 1, maxLength: 20 }).chain((intervals) => {
    const records = logOf(
      ...intervals.flatMap(({ sponsor, feature: id, client, startMs, stopMs }): SessionLogBody[] => {
        const feature = { id, ch: 'room', ...(sponsor !== null && { sponsor }) }
        return [
          { feature, start: [[client, startMs]], at: startMs },
          { feature, stop: [[client, startMs, stopMs]] },
        ]
      }),
      { feature: QUIZ, start: [['open', 7]], at: 60_000 },
    )
    const again = fc.subarray(records)
    return again.chain((twice) =>
      fc.record({
        records: fc.constant(records),
        mixed: fc.shuffledSubarray([...records, ...twice], { minLength: records.length + twice.length }),
      }),
    )
  })
  fc.assert(
    fc.property(scenario, ({ records, mixed }) => {
      expect(countedOf({ hall: mixed })).toEqual(countedOf({ hall: records }))
    }),
    { numRuns: 300 },
  )
})
