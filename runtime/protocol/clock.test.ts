import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ALIGNED_MS,
  align,
  DRIFT_MAX,
  mediaPosition,
  PopClock,
  presentAt,
  RATE_CORRECTION_MAX,
  SEEK_FROM_MS,
  WINDOW,
} from './clock.ts'
import type { MediaClock } from './show.ts'

const MEDIA: MediaClock = { do: 'clock', stream: 'main', positionMs: 60_000, wallMs: 1_000_000, rate: 1 }

/** A client whose clock runs straight while the PoP's is ahead by `offsetMs` at 0 and gains `drift`. */
function pings(
  clock: PopClock,
  { offsetMs, drift = 0 }: { offsetMs: number; drift?: number },
  trips: readonly { waitMs: number; upMs: number; downMs: number }[],
): { localMs: number; trueOffset: (localMs: number) => number } {
  const trueOffset = (localMs: number) => offsetMs + drift * localMs
  let localMs = 0
  for (const { waitMs, upMs, downMs } of trips) {
    const t0 = localMs + waitMs
    const arrivedMs = t0 + upMs
    const t1 = arrivedMs + trueOffset(arrivedMs)
    localMs = arrivedMs + downMs
    expect(clock.ping({ t0, t1, t2: t1, t3: localMs })).toBe(true)
  }
  return { localMs, trueOffset }
}

const trips = fc.array(
  fc.record({
    waitMs: fc.integer({ min: 0, max: 30_000 }),
    upMs: fc.double({ min: 0, max: 400, noNaN: true }),
    downMs: fc.double({ min: 0, max: 400, noNaN: true }),
  }),
  { minLength: 1, maxLength: 3 * WINDOW },
)

describe('the offset of the PoP’s clock', () => {
  test('is exact over a path that is as fast both ways, whatever the PoP takes to answer', () => {
    const clock = new PopClock()
    clock.ping({ t0: 1_000, t1: 6_020, t2: 6_050, t3: 1_070 })
    expect(clock.estimate(1_070)).toEqual({ offsetMs: 5_000, errorMs: 20, delayMs: 40, drift: 0 })
  })

  test('is off by half the best round trip at most, however uneven each path is', () => {
    const offset = fc.integer({ min: -1e9, max: 1e9 })
    fc.assert(
      fc.property(offset, trips, (offsetMs, taken) => {
        const clock = new PopClock()
        const { localMs } = pings(clock, { offsetMs }, taken)
        const estimate = clock.estimate(localMs)
        const error = Math.abs((estimate?.offsetMs ?? Number.NaN) - offsetMs)
        expect(error).toBeLessThanOrEqual((estimate?.errorMs ?? Number.NaN) + 1e-6)
      }),
    )
  })

  test('stays within its stated bound while the clocks drift apart, also some time after the last ping', () => {
    const drift = fc.double({ min: -DRIFT_MAX, max: DRIFT_MAX, noNaN: true })
    const later = fc.integer({ min: 0, max: 600_000 })
    fc.assert(
      fc.property(drift, trips, later, (rate, taken, laterMs) => {
        const clock = new PopClock()
        const { localMs, trueOffset } = pings(clock, { offsetMs: 123_456, drift: rate }, taken)
        const atMs = localMs + laterMs
        const estimate = clock.estimate(atMs)
        const error = Math.abs((estimate?.offsetMs ?? Number.NaN) - trueOffset(atMs))
        // A round trip itself drifts, by less than this.
        expect(error).toBeLessThanOrEqual((estimate?.errorMs ?? Number.NaN) + 0.1)
      }),
    )
  })

  test('the drift is found once the pings span long enough to tell it from their delays', () => {
    const clock = new PopClock()
    const each = { waitMs: 60_000, upMs: 1, downMs: 1 }
    const { localMs } = pings(clock, { offsetMs: 5, drift: 4e-5 }, Array(10).fill(each))
    expect(clock.estimate(localMs)?.drift).toBeCloseTo(4e-5, 6)
  })

  test('follows at once when the PoP’s clock is set', () => {
    const clock = new PopClock()
    const each = { waitMs: 1_000, upMs: 5, downMs: 5 }
    const { localMs } = pings(clock, { offsetMs: 0 }, [each, each, each])
    const t0 = localMs + 1_000
    clock.ping({ t0, t1: t0 + 3_600_010, t2: t0 + 3_600_010, t3: t0 + 20 })
    expect(clock.estimate(t0 + 20)).toMatchObject({ offsetMs: 3_600_000, delayMs: 20 })
  })

  test.each([
    { t0: 10, t1: 0, t2: 0, t3: 5 },
    { t0: 0, t1: 0, t2: 50, t3: 10 },
    { t0: 0, t1: Number.NaN, t2: 0, t3: 10 },
  ])('times that contradict themselves are not used: %j', (times) => {
    const clock = new PopClock()
    expect(clock.ping(times)).toBe(false)
    expect(clock.estimate(10)).toBeNull()
  })
})

describe('a cue', () => {
  const clock = new PopClock()
  clock.ping({ t0: 0, t1: 500, t2: 500, t3: 0 })

  test.each([
    ['at its time by the client’s own clock', { atMs: 2_500 }, 2_000],
    ['at once where it has no time', {}, 100],
    ['at once where its time is past', { atMs: 550 }, 100],
  ])('is presented %s', (_name, cue, atMs) => {
    expect(presentAt(cue, clock, 100)).toBe(atMs)
  })
})

describe('a player', () => {
  const clock = new PopClock()
  const playerAt = (positionMs: number, media = MEDIA) =>
    align(media, clock, { positionMs, localMs: MEDIA.wallMs + 10_000 })

  test('is to be where the stream’s clock says', () => {
    expect(mediaPosition(MEDIA, MEDIA.wallMs + 10_000)).toBe(70_000)
    expect(mediaPosition({ ...MEDIA, rate: 0 }, MEDIA.wallMs + 10_000)).toBe(60_000)
  })

  test('that is there plays on', () => {
    expect(playerAt(70_000 + ALIGNED_MS)).toEqual({ do: 'rate', errorMs: ALIGNED_MS, rate: 1 })
  })

  test('that is far off jumps, and so does one that is not where a paused stream stands', () => {
    expect(playerAt(70_000 - SEEK_FROM_MS - 1)).toMatchObject({ do: 'seek', positionMs: 70_000 })
    expect(playerAt(60_100, { ...MEDIA, rate: 0 })).toMatchObject({ do: 'seek', positionMs: 60_000 })
  })

  test('comes to the position from wherever it is, at rates nobody hears', () => {
    const error = fc.double({ min: -SEEK_FROM_MS, max: SEEK_FROM_MS, noNaN: true })
    fc.assert(
      fc.property(error, (errorMs) => {
        let localMs = MEDIA.wallMs
        let positionMs = MEDIA.positionMs + errorMs
        for (let second = 0; second < 60; second++) {
          const alignment = align(MEDIA, clock, { positionMs, localMs })
          if (alignment.do !== 'rate') throw new Error('jumped though it was near')
          expect(Math.abs(alignment.rate - 1)).toBeLessThanOrEqual(RATE_CORRECTION_MAX + 1e-12)
          positionMs += alignment.rate * 1_000
          localMs += 1_000
        }
        expect(Math.abs(positionMs - mediaPosition(MEDIA, localMs))).toBeLessThanOrEqual(ALIGNED_MS)
      }),
    )
  })
})
