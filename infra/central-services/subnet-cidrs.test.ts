// Subnets lie inside the network, do not overlap, and stay where they are when more are added.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { subnetCidrs } from './subnet-cidrs.ts'

test('a /16 gives /20s from its start', () => {
  expect(subnetCidrs('10.64.0.0/16', 3, 20)).toEqual(['10.64.0.0/20', '10.64.16.0/20', '10.64.32.0/20'])
})

test('more subnets never move those that exist', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 15 }), (fewer, more) => {
      const all = subnetCidrs('10.64.0.0/16', Math.max(fewer, more), 20)
      expect(all.slice(0, fewer)).toEqual(subnetCidrs('10.64.0.0/16', fewer, 20).slice(0, all.length))
      expect(new Set(all).size).toBe(all.length)
      for (const cidr of all) expect(cidr).toMatch(/^10\.64\.\d+\.0\/20$/)
    }),
  )
})

test('subnets that do not fit are refused', () => {
  expect(() => subnetCidrs('10.64.0.0/16', 17, 20)).toThrow(RangeError)
  expect(() => subnetCidrs('10.64.0.0/16', 1, 8)).toThrow(RangeError)
})
