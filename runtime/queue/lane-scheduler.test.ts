// Shares of the uplink: higher lanes get more, no lane starves, and a choice is always made.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LANES, type Lane } from '../protocol/lanes.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { LANE_WEIGHTS, LaneScheduler } from './lane-scheduler.ts'

const BATCH_BYTES_MAX = 16 * 1024

/** Bytes each lane gets while all of `backlogged` always have something to send. */
function share(backlogged: readonly Lane[], totalBytes: number, batchBytes: (lane: Lane) => number) {
  const scheduler = new LaneScheduler()
  const sent = Object.fromEntries(LANES.map((lane) => [lane, 0])) as Record<Lane, number>
  for (let total = 0; total < totalBytes; ) {
    const lane = scheduler.next((candidate) => backlogged.includes(candidate))
    if (lane === null) throw new Error('nothing chosen though lanes wait')
    const bytes = batchBytes(lane)
    scheduler.sent(lane, bytes)
    sent[lane] += bytes
    total += bytes
  }
  return sent
}

test('gives every backlogged lane its weight of the bytes, whatever the batch sizes', () => {
  const lanes = fc.subarray([...LANES], { minLength: 1 })
  fc.assert(
    fc.property(lanes, fc.integer(), (backlogged, seed) => {
      const random = seededRandom(seed)
      const total = 40 * 1024 * 1024
      const sent = share(backlogged, total, () => 1 + Math.floor(random() * BATCH_BYTES_MAX))
      const weights = backlogged.reduce((sum, lane) => sum + LANE_WEIGHTS[lane], 0)
      for (const lane of LANES) {
        const fair = backlogged.includes(lane) ? LANE_WEIGHTS[lane] / weights : 0
        expect(Math.abs(sent[lane] / total - fair), lane).toBeLessThan(0.01)
      }
    }),
    { numRuns: 30 },
  )
})

test('serves the highest lane first', () => {
  expect(new LaneScheduler().next(() => true)).toBe('control')
  expect(new LaneScheduler().next((lane) => lane !== 'control')).toBe('critical')
  expect(new LaneScheduler().next((lane) => lane === 'bulk')).toBe('bulk')
})

test('never starves bulk, though a higher lane falls empty and fills again at every turn', () => {
  const scheduler = new LaneScheduler()
  const sent = { critical: 0, bulk: 0 }
  let criticalWaits = true
  for (let turn = 0; turn < 10_000; turn++) {
    const lane = scheduler.next(
      (candidate) => candidate === 'bulk' || (candidate === 'critical' && criticalWaits),
    )
    expect(lane === 'critical' || lane === 'bulk').toBe(true)
    scheduler.sent(lane as 'critical' | 'bulk', 8_000)
    sent[lane as 'critical' | 'bulk'] += 8_000
    criticalWaits = lane !== 'critical'
  }
  const weights = LANE_WEIGHTS.critical + LANE_WEIGHTS.bulk
  expect(sent.bulk / (sent.bulk + sent.critical)).toBeGreaterThanOrEqual(LANE_WEIGHTS.bulk / weights)
})

test('pays back one batch far above the quantum, and then goes on', () => {
  const scheduler = new LaneScheduler()
  expect(scheduler.next((lane) => lane === 'bulk')).toBe('bulk')
  scheduler.sent('bulk', 64 * 1024 * 1024)
  expect(scheduler.next((lane) => lane === 'bulk' || lane === 'state')).toBe('state')
  scheduler.sent('state', 100)
  expect(scheduler.next((lane) => lane === 'bulk')).toBe('bulk')
})

test('chooses nothing where nothing waits', () => {
  expect(new LaneScheduler().next(() => false)).toBeNull()
})
