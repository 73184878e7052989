// Discounts and tax are shares of exact amounts; rents at venues have none.
import { expect, test } from 'vitest'
import { discountOn, serviceOf, shareOf } from './discount.ts'

const discounts = [{ service: 'all', share: 0.05 } as const, { service: 'ec2', share: 0.125 } as const]

test("a service's own discount goes before that of all", () => {
  expect(discountOn(1_000n, 'ec2', { discounts })).toBe(125n)
  expect(discountOn(1_000n, 's3', { discounts })).toBe(50n)
  expect(discountOn(1_000n, 'venue', { discounts })).toBe(0n)
  expect(discountOn(1_000n, 'ec2', { discounts: [] })).toBe(0n)
})

test('a rate of the price book names its service; what the event states is of the venue', () => {
  expect(serviceOf('ec2.t3.large.on-demand')).toBe('ec2')
  expect(serviceOf(null)).toBe('venue')
})

test('a share is exact to the pico-dollar, halves away from zero', () => {
  expect(shareOf(10n, 0.23)).toBe(2n)
  expect(shareOf(50n, 0.05)).toBe(3n)
  expect(shareOf(-50n, 0.05)).toBe(-3n)
  expect(shareOf(10n ** 20n, 0.23)).toBe(23n * 10n ** 18n)
})
