// The window of a path: finds the link's bandwidth-delay product, holds the delay, and shrinks when the link does.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UPLINK_BATCH_RECORDS_MAX, UPLINK_FRAME_BYTES_MAX } from '../protocol/uplink.ts'
import { BATCH_MOST_BYTES, PathWindow, WINDOW_LEAST_BYTES, WINDOW_MOST_BYTES } from './path-window.ts'
import { UPLINK_DEFAULTS } from './uplink-sync.ts'

/** A link that always has something to send, one batch after the other, for `forMs`. Returns the delays of answers. */
class Link {
  readonly window = new PathWindow()
  nowMs = 0
  #clearAtMs = 0
  #onTheirWay: { number: number; bytes: number; sentAtMs: number; answeredAtMs: number }[] = []

  run(forMs: number, bytesPerMs: number, rttMs: number): number[] {
    const delays: number[] = []
    const untilMs = this.nowMs + forMs
    for (;;) {
      this.#fill(bytesPerMs, rttMs)
      const answer = this.#onTheirWay.shift()
      if (answer === undefined || answer.answeredAtMs > untilMs) {
        if (answer) this.#onTheirWay.unshift(answer)
        this.nowMs = untilMs
        return delays
      }
      this.nowMs = Math.max(this.nowMs, answer.answeredAtMs)
      const delayMs = this.nowMs - answer.sentAtMs
      delays.push(delayMs)
      this.window.answered(answer.number, delayMs, this.nowMs)
    }
  }

  #fill(bytesPerMs: number, rttMs: number): void {
    const sum = () => this.#onTheirWay.reduce((total, { bytes }) => total + bytes, 0)
    while (sum() < this.window.bytes) {
      const bytes = this.window.batchBytes
      const number = this.window.sent(sum())
      this.#clearAtMs = Math.max(this.#clearAtMs, this.nowMs) + bytes / bytesPerMs
      this.#onTheirWay.push({ number, bytes, sentAtMs: this.nowMs, answeredAtMs: this.#clearAtMs + rttMs })
    }
    this.window.limited()
  }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number

test('finds rate × base delay and a little more, from 2 Mbit/s to 200 and from 5 ms to 200', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 250, max: 25_000 }),
      fc.integer({ min: 5, max: 200 }),
      (bytesPerMs, rttMs) => {
        fc.pre(bytesPerMs * rttMs * 1.5 < WINDOW_MOST_BYTES)
        const link = new Link()
        link.run(15_000, bytesPerMs, rttMs)
        const delays = link.run(5_000, bytesPerMs, rttMs)
        expect(delays.length * link.window.batchBytes).toBeGreaterThan(0.8 * 5_000 * bytesPerMs)
        const ownMs = link.window.batchBytes / bytesPerMs
        expect(median(delays)).toBeLessThan(rttMs + Math.max(15, rttMs / 4) * 1.3 + 2 * ownMs)
      },
    ),
    { numRuns: 60 },
  )
})

test('fills a link of 100 Mbit/s and 50 ms within a second', () => {
  const link = new Link()
  link.run(1_000, 12_500, 50)
  expect(link.window.bytes).toBeGreaterThan(12_500 * 50)
})

describe('when the link changes', () => {
  test('to a tenth of its rate, the delay comes back to what it was', () => {
    const link = new Link()
    const before = median(link.run(10_000, 5_000, 40))
    link.run(5_000, 500, 40)
    expect(median(link.run(5_000, 500, 40))).toBeLessThan(before * 1.5)
  })

  test('to a longer way, the base delay is measured anew and the link is full again', () => {
    const link = new Link()
    link.run(10_000, 2_000, 20)
    link.run(60_000, 2_000, 120)
    expect(link.window.baseMs).toBeGreaterThan(115)
    const delays = link.run(10_000, 2_000, 120)
    expect(delays.length * link.window.batchBytes).toBeGreaterThan(0.8 * 10_000 * 2_000)
  })
})

test('does not grow while nothing waits for it', () => {
  const window = new PathWindow()
  const before = window.bytes
  for (let i = 0; i < 100; i++) window.answered(window.sent(0), 20, i * 20)
  expect(window.bytes).toBe(before)
})

test('stays within its bounds whatever the answers', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { maxLength: 300 }), (delays) => {
      const window = new PathWindow()
      let nowMs = 0
      for (const delayMs of delays) {
        window.limited()
        nowMs += delayMs
        window.answered(window.sent(0), delayMs, nowMs)
        expect(window.urgentBytes).toBeGreaterThanOrEqual(WINDOW_LEAST_BYTES)
        expect(window.bytes).toBeLessThanOrEqual(WINDOW_MOST_BYTES)
        expect(window.batchBytes).toBeLessThanOrEqual(BATCH_MOST_BYTES)
      }
    }),
  )
})

test('a batch fits into a frame of central, also where JSON is longer written again, and its records too', () => {
  // 1e20 becomes 21 digits: see pop-config.test.ts. What surrounds a body is at most 64 + 4 × 128 + 128 bytes.
  const longest = 4.4 * BATCH_MOST_BYTES + UPLINK_DEFAULTS.batchRecords * 704
  expect(longest).toBeLessThan(UPLINK_FRAME_BYTES_MAX)
  expect(UPLINK_DEFAULTS.batchRecords).toBeLessThanOrEqual(UPLINK_BATCH_RECORDS_MAX)
})
