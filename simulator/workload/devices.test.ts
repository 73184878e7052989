import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AccessClass, DEVICES } from '../../infra/event/event.ts'
import { DROP_EVERY_MS } from '../models/attendee-client.ts'
import { dropEveryMsOf, imageScaleOf, meanDropEveryMs, meanImageScale } from './devices.ts'

const page = { images: 4, imageWidth: 640 }
const link = { technology: 'wifi_5GHz', signal: 'strong' } as const
const anyClass = fc.record(
  {
    device: fc.constantFrom(...DEVICES),
    imageWidth: fc.integer({ min: 16, max: 8_000 }),
    dropEveryS: fc.integer({ min: 10, max: 86_400 }),
  },
  { requiredKeys: [] },
)
/** The same thing in several parts. */
const parts = fc
  .array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 })
  .map((weights) => weights.map((weight) => weight / weights.reduce((sum, of) => sum + of, 0)))

describe('a mix of devices', () => {
  test('of one class, in however many parts, is that class alone', () => {
    fc.assert(
      fc.property(anyClass, parts, (of, shares) => {
        const mix: AccessClass[] = shares.map((share) => ({ ...link, ...of, share }))
        expect(meanImageScale(mix, page)).toBeCloseTo(imageScaleOf(of, page), 9)
        expect(meanDropEveryMs(mix) / dropEveryMsOf(of)).toBeCloseTo(1, 9)
      }),
    )
  })

  test('lies between the least and the most of what it is made of', () => {
    fc.assert(
      fc.property(fc.array(anyClass, { minLength: 1, maxLength: 6 }), (classes) => {
        const mix: AccessClass[] = classes.map((of) => ({ ...link, ...of, share: 1 / classes.length }))
        for (const [mean, each] of [
          [meanImageScale(mix, page), classes.map((of) => imageScaleOf(of, page))],
          [meanDropEveryMs(mix), classes.map((of) => dropEveryMsOf(of))],
        ] as const) {
          expect(mean).toBeGreaterThanOrEqual(Math.min(...each) * (1 - 1e-9))
          expect(mean).toBeLessThanOrEqual(Math.max(...each) * (1 + 1e-9))
        }
      }),
    )
  })

  test('without a device is as the page and the client model have it, exactly', () => {
    const mix: AccessClass[] = [
      { ...link, share: 0.7 },
      { technology: '4g', signal: 'weak', share: 0.3 },
    ]
    expect(meanImageScale(mix, page)).toBe(1)
    expect(meanDropEveryMs(mix)).toBe(DROP_EVERY_MS)
  })
})

test('a wider image never has fewer bytes', () => {
  const width = fc.integer({ min: 16, max: 8_000 })
  fc.assert(
    fc.property(width, width, (a, b) => {
      const [narrow, wide] = [Math.min(a, b), Math.max(a, b)].map((imageWidth) =>
        imageScaleOf({ imageWidth }, page),
      )
      expect(wide).toBeGreaterThanOrEqual(narrow as number)
    }),
  )
})

test('a phone asks for three pixels a side in each of its own, a laptop for the page’s width', () => {
  // 360 × 3 = 1,080 is served at 1,280.
  expect(imageScaleOf({ device: 'phone' }, page)).toBeCloseTo(168_984 / 64_615)
  expect(imageScaleOf({ device: 'laptop' }, page)).toBe(1)
  expect(imageScaleOf({ device: 'phone', imageWidth: 320 }, page)).toBeCloseTo(25_645 / 64_615)
})
