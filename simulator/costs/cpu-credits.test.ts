// CPU credits against the worked examples of AWS's EC2 user guide, with their arithmetic, and as properties.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadCatalog } from '../../infra/catalog/catalog.ts'
import type { CreditMode } from '../../infra/event/event.ts'
import {
  atLaunch,
  type BurstableSize,
  type CreditState,
  chargeSurplus,
  defaultCreditMode,
  runLoad,
  vcpuHoursOfCredits,
} from './cpu-credits.ts'
import { decimalText, quantityOf } from './money.ts'

function sizeOf(type: string): BurstableSize {
  const found = loadCatalog().instanceTypes.get(type)
  if (!found?.burst || found.vcpus === null) throw new Error(`${type} is not in the catalogue`)
  const { creditsPerHour, maxCredits } = found.burst
  return { vcpus: found.vcpus, creditsPerHour, maxCredits }
}

/** Runs one load after another and returns the state after each. */
function after(type: string, mode: CreditMode, loads: [hours: number, cpuPct: number][]): CreditState[] {
  const size = sizeOf(type)
  let state = atLaunch(type, size, mode)
  return loads.map(([hours, cpuPct]) => {
    state = runLoad(size, mode, state, { hours, cpuPct }).state
    return state
  })
}

/** Of the user guide's two t3.nano examples, which share P1 to P4. 2 vCPUs, 6 credits earned an hour, at most 144. */
const T3_PERIODS: [number, number][] = [
  [24, 0],
  [12, 2.5],
  [24, 7],
  [12, 2.5],
]

describe('t3.nano unlimited, example 1 of "Unlimited mode examples"', () => {
  const states = after('t3.nano', 'unlimited', [...T3_PERIODS, [5, 100], [13, 5], [24, 0]])

  test('P1: 24 h idle earn 24 × 6 = 144', () => {
    expect(states[0]).toEqual({ launch: 0, earned: 144, surplus: 0, charged: 0 })
  })
  test('P2: 12 h at 2.5 % earn 72, spend 36, and the balance stays at its limit of 144', () => {
    expect(states[1]?.earned).toBe(144)
  })
  test('P3: 24 h at 7 % spend 201.6 and earn 144: 144 − 57.6 = 86.4', () => {
    expect(states[2]?.earned).toBeCloseTo(86.4, 9)
  })
  test('P4: 12 h at 2.5 % earn 72 and spend 36: 86.4 + 36 = 122.4, which the guide rounds to 122', () => {
    expect(states[3]?.earned).toBeCloseTo(122.4, 9)
  })
  test('P5: 5 h at 100 % spend 600 and earn 30: 570 − 122.4 = 447.6 surplus, of which 144 stay and 303.6 are charged', () => {
    expect(states[4]).toMatchObject({ earned: 0, surplus: 144 })
    expect(states[4]?.charged).toBeCloseTo(303.6, 9)
    // The guide works with 122 for 122.4, and so comes to 448 and 304.
    expect(Math.round(states[4]?.charged ?? 0)).toBe(304)
  })
  test('P6: at the baseline nothing is paid down', () => {
    expect(states[5]?.surplus).toBeCloseTo(144, 9)
  })
  test('P7: 24 h idle earn 144 and pay the surplus down to 0', () => {
    expect(states[6]?.surplus).toBeCloseTo(0, 9)
    expect(states[6]?.charged).toBeCloseTo(303.6, 9)
  })
})

describe('t3.nano standard, example 1 of "Standard mode examples"', () => {
  const size = sizeOf('t3.nano')

  test('P5 and P6: the balance of 122.4 is gone after 122.4 / (120 − 6) h, then the machine runs at its 5 % baseline', () => {
    const [, , , before] = after('t3.nano', 'standard', T3_PERIODS)
    const { state, throttledHours, servedVcpuMinutes } = runLoad(size, 'standard', before as CreditState, {
      hours: 2,
      cpuPct: 100,
    })
    expect(state).toEqual({ launch: 0, earned: 0, surplus: 0, charged: 0 })
    expect(throttledHours).toBeCloseTo(2 - 122.4 / 114, 9)
    // What ran is what was there: 122.4 credits and 2 h of earning 6.
    expect(servedVcpuMinutes).toBeCloseTo(122.4 + 12, 9)
    expect(runLoad(size, 'standard', state, { hours: 14, cpuPct: 5 }).state.earned).toBe(0)
  })
  test('P7: 24 h idle earn 144', () => {
    const empty = { launch: 0, earned: 0, surplus: 0, charged: 0 }
    expect(runLoad(size, 'standard', empty, { hours: 24, cpuPct: 0 }).state.earned).toBe(144)
  })
})

describe('t2.nano standard, example 2 of "Standard mode examples": 1 vCPU, 3 credits an hour, at most 72', () => {
  const states = after('t2.nano', 'standard', [
    [24, 0],
    [12, 0],
    [25, 2],
    [11, 2],
    [3, 20],
    [15, 2],
    [6, 0],
  ])
  const balance = (i: number) => (states[i]?.launch ?? 0) + (states[i]?.earned ?? 0)

  test('period 1: 30 launch credits + 24 × 3 = 102', () => expect(balance(0)).toBe(102))
  test('period 2: the limit of 72 earned credits holds, launch credits do not count', () => {
    expect(balance(1)).toBe(102)
  })
  test('period 3: 25 h at 2 % spend 30, all of them launch credits: 72', () => {
    expect(states[2]?.launch).toBeCloseTo(0, 9)
    expect(balance(2)).toBeCloseTo(72, 9)
  })
  test('period 4: 11 h at 2 % spend 13.2 and earn 33: the limit', () => expect(balance(3)).toBeCloseTo(72, 9))
  test('period 5: 3 h at 20 % spend 36 and earn 9: 72 − 27 = 45', () => expect(balance(4)).toBeCloseTo(45, 9))
  test('period 6: 15 h at 2 % spend 18 and earn 45: 45 + 27 = 72', () =>
    expect(balance(5)).toBeCloseTo(72, 9))
  test('period 7: 6 h idle: the limit', () => expect(balance(6)).toBeCloseTo(72, 9))
})

test('t3.large at 40 % for a day is billed for the 10 % above its baseline when it ends', () => {
  // 24 h × 10 % × 2 vCPUs = 4.8 vCPU-hours = 288 credits; within the limit of 864, so only at termination.
  const [day] = after('t3.large', 'unlimited', [[24, 40]])
  expect(day).toMatchObject({ charged: 0 })
  const { charged } = chargeSurplus(day as CreditState)
  expect(charged).toBeCloseTo(288, 9)
  expect(decimalText(vcpuHoursOfCredits(quantityOf(charged)))).toBe('4.8')
})

test('t3.micro may run 288 credits ahead without a charge', () => {
  // 2 vCPUs at 100 % spend 120 and earn 12 an hour: 288 / 108 h reach the limit of 288.
  const [atLimit] = after('t3.micro', 'unlimited', [[288 / 108, 100]])
  expect(atLimit?.surplus).toBeCloseTo(288, 9)
  expect(atLimit?.charged).toBeCloseTo(0, 9)
})

test('T2 unlimited, T3 and T4g get no launch credits, and only T2 starts in standard mode', () => {
  expect(atLaunch('t2.medium', sizeOf('t2.medium'), 'standard').launch).toBe(60)
  expect(atLaunch('t2.medium', sizeOf('t2.medium'), 'unlimited').launch).toBe(0)
  expect(atLaunch('t3.medium', sizeOf('t3.medium'), 'standard').launch).toBe(0)
  expect(['t2.nano', 't3.nano', 't3a.nano', 't4g.nano'].map(defaultCreditMode)).toEqual([
    'standard',
    'unlimited',
    'unlimited',
    'unlimited',
  ])
})

const loads = fc.array(fc.tuple(fc.integer({ min: 1, max: 48 }), fc.integer({ min: 0, max: 100 })), {
  minLength: 1,
  maxLength: 12,
})
const types = fc.constantFrom('t2.nano', 't2.2xlarge', 't3.nano', 't3.medium', 't4g.2xlarge')

test('no credit appears from nowhere: what ran is at most what was earned, given at launch, and owed or paid', () => {
  fc.assert(
    fc.property(types, fc.constantFrom<CreditMode>('standard', 'unlimited'), loads, (type, mode, steps) => {
      const size = sizeOf(type)
      const start = atLaunch(type, size, mode)
      let state = start
      let served = 0
      let hours = 0
      for (const [stepHours, cpuPct] of steps) {
        const result = runLoad(size, mode, state, { hours: stepHours, cpuPct })
        state = result.state
        served += result.servedVcpuMinutes
        hours += stepHours
      }
      const had = start.launch + hours * size.creditsPerHour + state.surplus + state.charged
      expect(served + state.earned + state.launch).toBeLessThanOrEqual(had + 1e-6)
      expect(state.earned).toBeLessThanOrEqual(size.maxCredits)
      expect(state.surplus).toBeLessThanOrEqual(size.maxCredits + 1e-9)
      if (mode === 'standard') expect(state.surplus + state.charged).toBe(0)
    }),
  )
})

test('a load cut into pieces ends where the whole load ends', () => {
  fc.assert(
    fc.property(
      types,
      fc.integer({ min: 0, max: 100 }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (type, pct, cut) => {
        const size = sizeOf(type)
        const start = { launch: 0, earned: size.maxCredits / 2, surplus: 0, charged: 0 }
        const whole = runLoad(size, 'unlimited', start, { hours: 30, cpuPct: pct }).state
        const first = runLoad(size, 'unlimited', start, { hours: 30 * cut, cpuPct: pct }).state
        const both = runLoad(size, 'unlimited', first, { hours: 30 * (1 - cut), cpuPct: pct }).state
        for (const key of ['earned', 'surplus', 'charged'] as const)
          expect(both[key]).toBeCloseTo(whole[key], 6)
      },
    ),
  )
})
