// What a way of buying changes in the instance.
import { expect, test } from 'vitest'
import { purchaseInputs } from './purchase-policy.ts'

test('on demand leaves the instance as it is', () => {
  expect(purchaseInputs({ policy: 'on-demand', creditMode: null })).toEqual({})
})

test.each(['standard', 'unlimited'] as const)('burstable %s says so on the resource', (mode) => {
  expect(purchaseInputs({ policy: 'burstable', creditMode: mode })).toEqual({
    creditSpecification: { cpuCredits: mode },
  })
})

test('burstable without a mode can never bill surplus credits', () => {
  expect(purchaseInputs({ policy: 'burstable', creditMode: null })).toEqual({
    creditSpecification: { cpuCredits: 'standard' },
  })
})
