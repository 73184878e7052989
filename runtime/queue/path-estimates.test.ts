// Estimators of a path: RFC 6298's numbers, quantiles that forget, rates that are those of the link.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DeliveryRate, LossShare, RecentQuantile, RoundTrip } from './path-estimates.ts'

test('the round trip is smoothed as RFC 6298, section 2, says', () => {
  const roundTrip = new RoundTrip()
  expect([roundTrip.srttMs, roundTrip.rtoMs]).toEqual([null, 1_000])
  roundTrip.sample(100)
  expect([roundTrip.srttMs, roundTrip.rttvarMs, roundTrip.rtoMs]).toEqual([100, 50, 300])
  roundTrip.sample(60)
  expect(roundTrip.rttvarMs).toBeCloseTo(0.75 * 50 + 0.25 * 40)
  expect(roundTrip.srttMs).toBeCloseTo((7 / 8) * 100 + 60 / 8)
})

describe('a quantile of recent samples', () => {
  test('is that of the newest it keeps, by nearest rank', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 8, maxLength: 60 }),
        (samples) => {
          const quantile = new RecentQuantile(0.95, 20, 8)
          for (const sample of samples) quantile.add(sample)
          const kept = samples.slice(-20).sort((a, b) => a - b)
          expect(quantile.value).toBe(kept[Math.ceil(0.95 * kept.length) - 1])
        },
      ),
    )
  })

  test('is unknown of too few', () => {
    const quantile = new RecentQuantile(0.95, 20, 3)
    for (const sample of [5, 6]) quantile.add(sample)
    expect(quantile.value).toBeNull()
    quantile.add(7)
    expect(quantile.value).toBe(7)
  })
})

describe('the delivery rate', () => {
  /** Batches of 100 bytes, one every `everyMs`, each answered 50 ms later. */
  function steady(rate: DeliveryRate, fromMs: number, untilMs: number, everyMs: number): void {
    const answers: { atMs: number; mark: ReturnType<DeliveryRate['mark']> }[] = []
    for (let nowMs = fromMs; nowMs < untilMs; nowMs += everyMs) {
      while ((answers[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
        const { atMs, mark } = answers.shift() as (typeof answers)[number]
        rate.delivered(100, mark, atMs)
      }
      answers.push({ atMs: nowMs + 50, mark: rate.mark(nowMs, answers.length === 0) })
    }
    for (const { atMs, mark } of answers) rate.delivered(100, mark, atMs)
  }

  test('is what arrives by the time it takes', () => {
    const rate = new DeliveryRate()
    expect(rate.bytesPerMs).toBeNull()
    steady(rate, 0, 5_000, 5)
    expect(rate.bytesPerMs).toBeGreaterThan(18)
    expect(rate.bytesPerMs).toBeLessThan(23)
  })

  test('is the largest of the last ten seconds, and kept over silence', () => {
    const rate = new DeliveryRate()
    steady(rate, 0, 2_000, 5)
    steady(rate, 2_000, 10_000, 50)
    expect(rate.bytesPerMs).toBeGreaterThan(18)
    steady(rate, 10_000, 20_000, 50)
    expect(rate.bytesPerMs).toBeLessThan(5)
    steady(rate, 100_000, 100_200, 50)
    expect(rate.bytesPerMs).toBeGreaterThan(1)
  })

  test('is not inflated by answers that come together', () => {
    const rate = new DeliveryRate()
    const marks = [0, 10, 20, 30].map((nowMs) => rate.mark(nowMs, nowMs === 0))
    for (const mark of marks) rate.delivered(100, mark, 100)
    expect(rate.bytesPerMs).toBeLessThanOrEqual(400 / 70)
  })
})

test('the share of losses follows what was seen, and stays a share', () => {
  const loss = new LossShare()
  for (let i = 0; i < 100; i++) loss.seen(true)
  expect(loss.share).toBeGreaterThan(0.99)
  for (let i = 0; i < 100; i++) loss.seen(false)
  expect(loss.share).toBeLessThan(0.01)
})
