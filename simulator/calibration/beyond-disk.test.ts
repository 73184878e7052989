import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beyondDisk } from './beyond-disk.ts'

const table = fc
  .array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 2, maxLength: 50 })
  .map((ms) => ms.toSorted((a, b) => a - b))

test('takes the write off each quantile', () => {
  const of = { ackServiceMs: [2, 4, 9], deliveryServiceMs: [3, 6, 20], fsyncMs: [1, 2, 5] }
  expect(beyondDisk(of)).toEqual({ ackMs: [1, 2, 4], deliveryMs: [2, 4, 15] })
})

test('takes nothing off where writes were not timed', () => {
  const of = { ackServiceMs: [2, 4], deliveryServiceMs: [3, 6] }
  expect(beyondDisk(of)).toEqual({ ackMs: [2, 4], deliveryMs: [3, 6] })
})

test('never falls, is never below zero and never longer than what was measured', () => {
  fc.assert(
    fc.property(table, table, (ackServiceMs, fsyncMs) => {
      const { ackMs } = beyondDisk({ ackServiceMs, deliveryServiceMs: ackServiceMs, fsyncMs })
      expect(ackMs).toEqual(ackMs.toSorted((a, b) => a - b))
      for (const [i, ms] of ackMs.entries()) {
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(ms).toBeLessThanOrEqual(ackServiceMs[i] as number)
      }
    }),
  )
})
