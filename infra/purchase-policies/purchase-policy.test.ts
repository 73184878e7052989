// What a way of buying changes in the instance.
import { expect, test } from 'vitest'
import { purchaseInputs } from './purchase-policy.ts'
import { reservation } from './reserved.ts'
import { spot } from './spot.ts'

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

test('a reservation is for this machine alone, and its credits are never left to the account', () => {
  expect(reservation('m7g.large')).toMatchObject({ instanceCount: 1, instanceMatchCriteria: 'targeted' })
  expect(purchaseInputs({ policy: 'reserved', creditMode: null })).toEqual({})
  expect(purchaseInputs({ policy: 'reserved', creditMode: 'unlimited' })).toEqual({
    creditSpecification: { cpuCredits: 'unlimited' },
  })
})

test('a spot machine is never bought on demand, and never above the cap', () => {
  const distribution = {
    onDemandBaseCapacity: 0,
    onDemandPercentageAboveBaseCapacity: 0,
    spotAllocationStrategy: 'capacity-optimized',
  }
  expect(spot({ creditMode: null, maxPriceUsd: null })).toEqual({ instancesDistribution: distribution })
  expect(spot({ creditMode: 'standard', maxPriceUsd: '0.02' })).toEqual({
    creditSpecification: { cpuCredits: 'standard' },
    instancesDistribution: { ...distribution, spotMaxPrice: '0.02' },
  })
})
