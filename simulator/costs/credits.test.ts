// The credits of written loads: AWS's worked examples through what the verb runs, prices by hand, and what is refused.
import { describe, expect, test } from 'vitest'
import type { InvalidInput } from '../../runtime/errors.ts'
import { creditsInBothModes, creditsOfLoad, LOAD_HOURS_MAX, readLoad } from './credits.ts'
import { loadPriceBook } from './price-book.ts'

const book = loadPriceBook()
const run = (instanceType: string, mode: 'standard' | 'unlimited', load: string) =>
  creditsOfLoad({ instanceType, mode, region: 'eu-west-1' }, readLoad(load), book)

describe('AWS\'s t3.nano, "Unlimited mode examples"', () => {
  const report = run('t3.nano', 'unlimited', '24:0,12:2.5,24:7,12:2.5,5:100,13:5,24:0')

  test('balances after each period: 144, 144, 86.4, 122.4, then nothing until the surplus is paid down', () => {
    expect(report.steps.map(({ balance }) => balance)).toEqual([144, 144, 86.4, 122.4, 0, 0, 0])
    expect(report.steps.map(({ surplus }) => surplus)).toEqual([0, 0, 0, 0, 144, 144, 0])
  })
  test('5 h at 100 % spend 600, earn 30, use up 122.4, leave 144 surplus: 303.6 are charged', () => {
    expect(report.charged).toBe(303.6)
    // 303.6 credits / 60 = 5.06 vCPU-hours × 0.05 USD = 0.253 USD, and no surplus is left to bill at the stop.
    expect(report.usd).toBe(253_000_000_000n)
    expect(report.usdWhenStopped).toBe(253_000_000_000n)
    expect(report.throttledMinutes).toBe(0)
  })
  test('the trace has the launch and each of its 114 hours', () => {
    expect(report.trace).toHaveLength(115)
    expect(report.trace.at(-1)?.hour).toBe(114)
  })
})

test('t3.large at 40 % for a day: 288 surplus credits, billed only when it stops, 4.8 vCPU-hours × 0.05 USD', () => {
  const report = run('t3.large', 'unlimited', '24:40')
  expect(report).toMatchObject({ charged: 0, surplus: 288, usd: 0n, usdWhenStopped: 240_000_000_000n })
})

test('t2.nano standard starts with 30 launch credits, which do not count toward its limit of 72', () => {
  const { steps, trace } = run('t2.nano', 'standard', '24:0,12:0,25:2')
  expect(trace[0]?.balance).toBe(30)
  expect(steps.map(({ balance }) => balance)).toEqual([102, 102, 72])
})

test('t3.nano standard at 100 % for 2 h without credits is throttled for all 120 minutes and bills nothing', () => {
  const report = run('t3.nano', 'standard', '2:100')
  expect(report).toMatchObject({ throttledMinutes: 120, charged: 0, surplus: 0, usdWhenStopped: 0n })
})

test('t4g surplus costs 0.04 USD a vCPU-hour: t4g.micro 1 h at 100 % owes 120 − 12 = 108 credits, 0.072 USD', () => {
  expect(run('t4g.micro', 'unlimited', '1:100').usdWhenStopped).toBe(72_000_000_000n)
})

test('steps may be parts of an hour, and spaces and a percent sign are read', () => {
  expect(readLoad('0.5:30, 1.25:55%')).toEqual([
    { hours: 0.5, cpuPct: 30 },
    { hours: 1.25, cpuPct: 55 },
  ])
})

function refused(run: () => unknown): { code: string; text: string } {
  try {
    run()
  } catch (error) {
    const { code, message, remedy } = error as InvalidInput
    return { code, text: `${message}; ${remedy}` }
  }
  throw new Error('nothing was refused')
}

test.each([
  ['2:30,8', 'part 2 of the load, "8", is not hours and percent'],
  ['', 'part 1 of the load'],
  ['2:30,,3:4', 'part 2 of the load'],
  ['2:-30', 'part 1 of the load, "2:-30", is not hours and percent'],
  ['2:120', 'has 120 %, but 100 % is every vCPU busy; Write 2:100 or less.'],
  ['0:50', 'lasts no time'],
  [`${LOAD_HOURS_MAX}:1,1:1`, `more than the ${LOAD_HOURS_MAX} of a year`],
  ['1:1,'.repeat(1_001), 'more than 1000 parts'],
])('a load of %s says what is wrong', (load, said) => {
  const { code, text } = refused(() => readLoad(load))
  expect(code).toBe('MP_LOAD_INVALID')
  expect(text).toContain(said)
})

test('a type that is unknown, one without credits and an unknown region say what to write', () => {
  expect(refused(() => run('t3.medum', 'standard', '1:1'))).toMatchObject({
    code: 'MP_TYPE_UNKNOWN',
    text: expect.stringContaining('did you mean "t3.medium"?'),
  })
  expect(refused(() => run('m7g.large', 'standard', '1:1')).code).toBe('MP_TYPE_NOT_BURSTABLE')
  const elsewhere = () =>
    creditsOfLoad({ instanceType: 't3.nano', mode: 'standard', region: 'eu-wset-1' }, readLoad('1:1'), book)
  expect(refused(elsewhere)).toMatchObject({
    code: 'MP_REGION_UNKNOWN',
    text: expect.stringContaining('eu-west-1'),
  })
})

test('both modes: t3.nano 2 h at 100 % is throttled for 120 minutes, or owes 240 − 12 = 228 credits, 0.19 USD', () => {
  const both = creditsInBothModes({ instanceType: 't3.nano', region: 'eu-west-1' }, readLoad('2:100'), book)
  expect(both.standard).toEqual(run('t3.nano', 'standard', '2:100'))
  expect(both.unlimited).toEqual(run('t3.nano', 'unlimited', '2:100'))
  expect(both.standard).toMatchObject({ throttledMinutes: 120, usdWhenStopped: 0n })
  expect(both.unlimited).toMatchObject({ throttledMinutes: 0, usdWhenStopped: 190_000_000_000n })
})
