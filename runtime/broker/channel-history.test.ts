// A stream's newest messages: whoever resumes gets exactly what was missed, or is told that some is gone.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChannelHistory, type HistoryLimits } from './channel-history.ts'
import { StreamMessage } from './message-frames.ts'

const ENDLESS: HistoryLimits = { messages: 1e9, bytes: 1e9, seconds: 1e9, totalBytes: 1e9 }

function add(history: ChannelHistory, ch: string, bytes: number, t = 0): StreamMessage {
  const off = history.last(ch) + 1
  const message = new StreamMessage({ ch, off, lane: 'interactive', t, text: 'x'.repeat(bytes) })
  history.add(ch, message)
  return message
}

/** What a session that has everything up to `off` gets; null where some of it is gone. */
function missedAfter(history: ChannelHistory, ch: string, off: number): StreamMessage[] | null {
  const stream = history.stream(ch)
  if (!stream.covers(off)) return null
  const missed: StreamMessage[] = []
  for (let next = off + 1; next <= stream.last; next++) missed.push(stream.at(next) as StreamMessage)
  return missed
}

const limits = fc.record({
  messages: fc.integer({ min: 1, max: 12 }),
  bytes: fc.integer({ min: 1, max: 3_000 }),
  seconds: fc.constant(1e9),
  totalBytes: fc.integer({ min: 1, max: 5_000 }),
})
const added = fc.array(
  fc.record({ ch: fc.constantFrom('room', 'stage'), bytes: fc.integer({ min: 1, max: 800 }) }),
  { maxLength: 60 },
)

test('resuming is never a silent gap: all that was missed, in order, or not recovered', () => {
  fc.assert(
    fc.property(limits, added, fc.integer({ min: 0, max: 30 }), (bounds, messages, before) => {
      const history = new ChannelHistory(bounds)
      history.restore({ room: before, stage: before })
      const all: Record<string, StreamMessage[]> = { room: [], stage: [] }
      for (const { ch, bytes } of messages) all[ch]?.push(add(history, ch, bytes))
      for (const [ch, sent] of Object.entries(all)) {
        const newest = before + sent.length
        expect(history.last(ch)).toBe(newest)
        for (let off = 0; off <= newest + 2; off++) {
          const missed = missedAfter(history, ch, off)
          if (missed === null) continue
          expect(off).toBeLessThanOrEqual(newest)
          expect(off).toBeGreaterThanOrEqual(before)
          expect(missed).toEqual(sent.slice(off - before))
        }
      }
    }),
  )
})

test('as much is recovered as the limits keep', () => {
  fc.assert(
    fc.property(limits, added, (perStream, messages) => {
      const bounds = { ...perStream, totalBytes: Number.POSITIVE_INFINITY }
      const history = new ChannelHistory(bounds)
      const sizes = messages.map(({ bytes }) => add(history, 'room', bytes).bytes)
      let kept = 0
      let bytes = 0
      for (const size of sizes.toReversed()) {
        if (kept === bounds.messages || bytes + size > bounds.bytes) break
        kept++
        bytes += size
      }
      const oldest = sizes.length - kept
      expect(missedAfter(history, 'room', oldest)).toHaveLength(kept)
      if (oldest > 0) expect(missedAfter(history, 'room', oldest - 1)).toBeNull()
    }),
  )
})

test('all streams together keep the newest messages that fit, whichever stream they are of', () => {
  const sizes = fc.array(
    fc.record({ ch: fc.integer({ min: 1, max: 300 }), bytes: fc.integer({ min: 1, max: 100 }) }),
    { maxLength: 3_000 },
  )
  fc.assert(
    fc.property(sizes, fc.integer({ min: 100, max: 20_000 }), (messages, totalBytes) => {
      const history = new ChannelHistory({ ...ENDLESS, totalBytes })
      for (const { ch, bytes } of messages) add(history, `ch-${ch}`, bytes)
      const kept = new Map<string, number>()
      let total = 0
      for (const { ch, bytes } of messages.toReversed()) {
        total += bytes
        if (total > totalBytes) break
        kept.set(`ch-${ch}`, (kept.get(`ch-${ch}`) ?? 0) + 1)
      }
      for (const [ch, last] of Object.entries(history.offsets())) {
        const oldest = last - (kept.get(ch) ?? 0)
        expect(missedAfter(history, ch, oldest)).not.toBeNull()
        if (oldest > 0) expect(missedAfter(history, ch, oldest - 1)).toBeNull()
      }
    }),
    { numRuns: 40 },
  )
})

test('what is too old goes, by the time at which it came', () => {
  const history = new ChannelHistory({ ...ENDLESS, seconds: 60 })
  for (const t of [0, 10_000, 50_000]) add(history, 'room', 10, t)
  history.expire(70_000)
  expect(missedAfter(history, 'room', 0)).toBeNull()
  expect(missedAfter(history, 'room', 1)?.map(({ t }) => t)).toEqual([10_000, 50_000])
  history.expire(200_000)
  expect(missedAfter(history, 'room', 2)).toBeNull()
  expect(missedAfter(history, 'room', 3)).toEqual([])
})

describe('a stream', () => {
  test('that nobody used is recovered from its start and from nowhere else', () => {
    const history = new ChannelHistory(ENDLESS)
    expect(missedAfter(history, 'room', 0)).toEqual([])
    expect(missedAfter(history, 'room', 1)).toBeNull()
  })

  test('of which some was let go is recovered from after that only', () => {
    const history = new ChannelHistory(ENDLESS)
    add(history, 'room', 10)
    history.restore({ room: 3 })
    const newest = add(history, 'room', 10)
    expect(missedAfter(history, 'room', 2)).toBeNull()
    expect(missedAfter(history, 'room', 3)).toEqual([newest])
  })
})

test('offsets survive as they were, and are never taken back', () => {
  const history = new ChannelHistory(ENDLESS)
  history.restore({ room: 7, ['__proto__']: 3 })
  add(history, 'room', 10)
  history.restore({ room: 5 })
  expect(history.last('room')).toBe(8)
  expect(JSON.stringify(history.offsets())).toBe('{"room":8,"__proto__":3}')
})

test('its messages prime another history with the same', () => {
  fc.assert(
    fc.property(limits, added, (bounds, messages) => {
      const history = new ChannelHistory(bounds)
      for (const { ch, bytes } of messages) add(history, ch, bytes)
      const other = new ChannelHistory(bounds)
      for (const message of history.messages()) other.add(message.ch, message)
      for (const ch of ['room', 'stage']) {
        const { oldest, size } = history.stream(ch)
        if (size > 0) expect(missedAfter(other, ch, oldest - 1)).toEqual(missedAfter(history, ch, oldest - 1))
      }
    }),
  )
})
