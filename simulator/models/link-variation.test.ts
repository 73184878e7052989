import { expect, test } from 'vitest'
import { stream } from '../engine/random.ts'
import {
  accessVariation,
  heldMs,
  meetsStall,
  rttAt,
  STALL_MAX_MS,
  STALL_MEAN_MS,
  StallProcess,
  transferExtraMs,
  uplinkVariation,
} from './link-variation.ts'

const AT_REST = accessVariation('4g', 'strong')
const ON_THE_ROAD = accessVariation('4g', 'weak')
if (!AT_REST || !ON_THE_ROAD) throw new Error('radio varies')

test('radio varies by its signal; fibre and good Wi-Fi do not', () => {
  expect(ON_THE_ROAD.stalledShare).toBeGreaterThan(AT_REST.stalledShare)
  expect(accessVariation('wifi_2.4GHz', 'weak')).toEqual(AT_REST)
  expect(accessVariation('wifi_5GHz', 'medium')).toBeNull()
  expect(uplinkVariation('5g')).toEqual(AT_REST)
  expect(uplinkVariation('fibre')).toBeNull()
})

test('drawn round trips have the quantiles that were measured', () => {
  const random = stream(1, 'rtt')
  const drawn = Array.from({ length: 200_000 }, () => rttAt(AT_REST, 67, random())).sort((a, b) => a - b)
  const at = (p: number) => drawn[Math.floor(p * drawn.length)] as number
  expect(at(0.5)).toBeCloseTo(67, 0)
  expect(Math.abs(at(0.95) / 95 - 1)).toBeLessThan(0.02)
  expect(Math.abs(at(0.99) / 224 - 1)).toBeLessThan(0.02)
  expect(drawn.at(-1)).toBeCloseTo(224)
})

test('a stream recovers with the first retransmission that finds the link clear', () => {
  // 250 ms, then 500 and 1,000 ms after it.
  expect([1, 250, 251, 750, 751].map((stallMs) => heldMs(stallMs, 50))).toEqual([250, 250, 750, 750, 1_750])
})

test('a link is stalled for the share of time that was lost, and never longer than the longest', () => {
  const stalls = new StallProcess(ON_THE_ROAD, 50, stream(2, 'stalls'))
  let held = 0
  let longest = 0
  let earliest = 0
  const stepMs = 5
  const steps = 4_000_000
  for (let i = 0; i < steps; i++) {
    const waitMs = stalls.clearAtMs(i * stepMs, i * stepMs) - i * stepMs
    earliest = Math.min(earliest, waitMs)
    if (waitMs > 0) held++
    longest = Math.max(longest, waitMs)
  }
  // The stream stands still for longer than the link is gone: until its next retransmission.
  expect(earliest).toBe(0)
  const share = held / steps
  expect(share).toBeGreaterThan(ON_THE_ROAD.stalledShare)
  expect(share).toBeLessThan(2 * ON_THE_ROAD.stalledShare)
  expect(longest).toBeLessThanOrEqual(heldMs(STALL_MAX_MS, 50))
  expect(longest).toBeGreaterThan(STALL_MEAN_MS)
}, 30_000)

test('messages meet stalls as often as there are, long transfers more often', () => {
  const random = stream(3, 'transfers')
  const n = 200_000
  const share = (durationMs: number) => {
    let stalled = 0
    for (let i = 0; i < n; i++) if (transferExtraMs(AT_REST, 50, 0, durationMs, random) > 0) stalled++
    return stalled / n
  }
  for (const durationMs of [0, 1_000]) {
    const expected = meetsStall(AT_REST, durationMs)
    expect(Math.abs(share(durationMs) - expected)).toBeLessThan(4 * Math.sqrt(expected / n))
  }
  expect(meetsStall(AT_REST, 1_000)).toBeGreaterThan(3 * meetsStall(AT_REST, 0))
})
