// A channel's newest messages: whoever resumes gets exactly what was missed, or is told that some is gone.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogRecord } from '../queue/record.ts'
import { ChannelHistory } from './channel-history.ts'

function record(ch: string, off: number, bytes: number): LogRecord {
  return {
    lane: 'interactive',
    laneSeq: off,
    ch,
    off,
    client: 'ann',
    seq: off,
    at: 0,
    t: 0,
    ack: 'disk',
    body: `${ch} ${off}`,
    bytes,
  }
}

const limits = fc.record({
  messages: fc.integer({ min: 1, max: 12 }),
  bytes: fc.integer({ min: 1, max: 3_000 }),
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
      const all: Record<string, LogRecord[]> = { room: [], stage: [] }
      for (const { ch, bytes } of messages) {
        const sent = record(ch, history.last(ch) + 1, bytes)
        history.add(sent)
        all[ch]?.push(sent)
      }
      for (const [ch, sent] of Object.entries(all)) {
        const newest = before + sent.length
        expect(history.last(ch)).toBe(newest)
        for (let off = 0; off <= newest + 2; off++) {
          const resumption = history.after(ch, off)
          expect(resumption.off).toBe(newest)
          if (resumption.recovered) {
            expect(off).toBeLessThanOrEqual(newest)
            expect(off).toBeGreaterThanOrEqual(before)
            expect(resumption.missed).toEqual(sent.slice(off - before))
          } else {
            expect(resumption.missed).toEqual([])
          }
        }
      }
    }),
  )
})

test('as much is recovered as the limits keep', () => {
  fc.assert(
    fc.property(limits, added, (perChannel, messages) => {
      const bounds = { ...perChannel, totalBytes: Number.POSITIVE_INFINITY }
      const history = new ChannelHistory(bounds)
      const sizes: number[] = []
      for (const { bytes } of messages) {
        history.add(record('room', history.last('room') + 1, bytes))
        sizes.push(bytes)
      }
      let kept = 0
      let bytes = 0
      for (const size of sizes.toReversed()) {
        if (kept === bounds.messages || bytes + size > bounds.bytes) break
        kept++
        bytes += size
      }
      const oldest = sizes.length - kept
      expect(history.after('room', oldest).recovered).toBe(true)
      if (oldest > 0) expect(history.after('room', oldest - 1).recovered).toBe(false)
    }),
  )
})

test('all channels together keep the newest messages that fit, whichever channel they are of', () => {
  const sizes = fc.array(
    fc.record({ ch: fc.integer({ min: 1, max: 300 }), bytes: fc.integer({ min: 1, max: 100 }) }),
    { maxLength: 3_000 },
  )
  fc.assert(
    fc.property(sizes, fc.integer({ min: 100, max: 20_000 }), (messages, totalBytes) => {
      const history = new ChannelHistory({ messages: 1_000, bytes: 1_000_000, totalBytes })
      for (const { ch, bytes } of messages)
        history.add(record(`ch-${ch}`, history.last(`ch-${ch}`) + 1, bytes))
      const kept = new Map<string, number>()
      let total = 0
      for (const { ch, bytes } of messages.toReversed()) {
        total += bytes
        if (total > totalBytes) break
        kept.set(`ch-${ch}`, (kept.get(`ch-${ch}`) ?? 0) + 1)
      }
      for (const [ch, last] of Object.entries(history.offsets())) {
        const oldest = last - (kept.get(ch) ?? 0)
        expect(history.after(ch, oldest).recovered).toBe(true)
        if (oldest > 0) expect(history.after(ch, oldest - 1).recovered).toBe(false)
      }
    }),
    { numRuns: 40 },
  )
})

describe('a channel that nobody used', () => {
  test('is recovered from its start and from nowhere else', () => {
    const history = new ChannelHistory({ messages: 10, bytes: 1_000, totalBytes: 10_000 })
    expect(history.after('room', 0)).toEqual({ off: 0, recovered: true, missed: [] })
    expect(history.after('room', 1)).toEqual({ off: 0, recovered: false, missed: [] })
    expect(history.offsets()).toEqual({})
  })
})

test('offsets survive as they were, and are never taken back', () => {
  const history = new ChannelHistory({ messages: 10, bytes: 1_000, totalBytes: 10_000 })
  history.restore({ room: 7, ['__proto__']: 3 })
  history.add(record('room', 8, 10))
  history.restore({ room: 5 })
  expect(history.last('room')).toBe(8)
  expect(JSON.stringify(history.offsets())).toBe('{"room":8,"__proto__":3}')
})
