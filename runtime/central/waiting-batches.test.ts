import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LANES, type Lane } from '../protocol/lanes.ts'
import type { Batch } from '../protocol/uplink.ts'
import { WaitingBatches } from './waiting-batches.ts'

const batch = (lane: Lane, first: number, count: number): Batch => ({
  t: 'batch',
  lane,
  first,
  records: Array.from({ length: count }, () => null),
})
const recordsOf = (batches: readonly Batch[]) => batches.reduce((sum, { records }) => sum + records.length, 0)

test('an urgent batch has the next transaction for itself, before those that came earlier', () => {
  const waiting = new WaitingBatches(1_000)
  for (let i = 0; i < 20; i++) waiting.push(batch('bulk', 1 + i * 100, 100), 10_000)
  waiting.push(batch('critical', 1, 1), 100)
  expect(waiting.take()).toEqual([batch('critical', 1, 1)])
  expect(recordsOf(waiting.take())).toBe(1_000)
})

test('nothing is lost, lanes keep their order, every transaction has something and only a lone batch is too large', () => {
  const arrivals = fc.array(
    fc.record({ lane: fc.constantFrom(...LANES), count: fc.integer({ min: 1, max: 300 }) }),
    { minLength: 1, maxLength: 60 },
  )
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 50, max: 1_000 }), (arrived, most) => {
      const waiting = new WaitingBatches(most)
      const next = new Map<Lane, number>()
      const sent = arrived.map(({ lane, count }) => {
        const first = next.get(lane) ?? 1
        next.set(lane, first + count)
        return batch(lane, first, count)
      })
      for (const one of sent) waiting.push(one, one.records.length)
      const taken: Batch[] = []
      while (waiting.count > 0) {
        const some = waiting.take()
        expect(some.length).toBeGreaterThan(0)
        if (some.length > 1) expect(recordsOf(some)).toBeLessThanOrEqual(most)
        taken.push(...some)
      }
      expect(waiting.bytes).toBe(0)
      for (const lane of LANES)
        expect(taken.filter((one) => one.lane === lane)).toEqual(sent.filter((one) => one.lane === lane))
    }),
  )
})
