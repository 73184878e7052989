import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  exactUsd,
  formatBytes,
  formatClock,
  formatCount,
  formatDate,
  formatDaysLeft,
  formatMs,
  formatPercent,
  formatQuantity,
  formatSeconds,
  formatUsd,
  formatValue,
  plottedUsd,
} from './format.ts'

describe('money', () => {
  test.each([
    [0n, '$0.00'],
    [1_005_000_000_000n, '$1.00'],
    [1_015_000_000_000n, '$1.02'],
    [1_005_000_000_001n, '$1.01'],
    [187_299_978_153_424n, '$187.30'],
    [1_234_567_890_000_000_000n, '$1,234,567.89'],
    [-2_500_000_000_000n, '−$2.50'],
  ])('%s pico-dollars read %s: rounded once, half to even', (pico, text) => {
    expect(formatUsd(pico)).toBe(text)
  })

  test('a cost too small for a cent never reads as free', () => {
    expect(formatUsd(1n)).toBe('< $0.01')
    expect(formatUsd(5_000_000_000n)).toBe('< $0.01')
    expect(formatUsd(5_000_000_001n)).toBe('$0.01')
    expect(formatUsd(-1n)).toBe('> −$0.01')
  })

  test('amounts beyond what a double holds keep every digit', () => {
    expect(exactUsd(9_007_199_254_740_993_000_000_000_001n)).toBe('9007199254740993.000000000001 USD')
    expect(exactUsd(1_250_000_000_000n)).toBe('1.25 USD')
    expect(exactUsd(-4_000_000_000_000n)).toBe('-4.00 USD')
  })

  test('the exact decimal is the amount again', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 24n), 10n ** 24n), (pico) => {
        const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)\.(\d+) USD$/.exec(exactUsd(pico)) ?? []
        expect(BigInt(sign + whole + fraction.padEnd(12, '0'))).toBe(pico)
      }),
    )
  })

  test('a plotted length is within a micro-dollar', () => {
    expect(plottedUsd(187_299_978_153_424n)).toBeCloseTo(187.299978, 5)
  })
})

describe('quantities', () => {
  test.each([
    ['1.3972602739726', '1.397'],
    ['384', '384'],
    ['34.000', '34'],
    ['1200000.5', '1,200,000.5'],
    ['0.0004', '< 0.001'],
    ['0', '0'],
    ['-0.25', '−0.25'],
  ])('%s reads %s', (decimal, text) => {
    expect(formatQuantity(decimal)).toBe(text)
  })
})

describe('measured values', () => {
  test.each([
    [0, '0 ms'],
    [0.001, '< 0.01 ms'],
    [4.213, '4.21 ms'],
    [84.26, '84.3 ms'],
    [812.4, '812 ms'],
    [999.6, '1.00 s'],
    [26_400, '26.4 s'],
    [125_000, '2 min 5 s'],
    [-9.91, '−9.91 ms'],
    [-3790, '−3.79 s'],
  ])('%s ms read %s', (ms, text) => {
    expect(formatMs(ms)).toBe(text)
  })

  test('durations go up to hours and drop what is zero', () => {
    expect([30, 24.3, 120, 3600, 28_800, 4500].map(formatSeconds)).toEqual([
      '30 s',
      '24.3 s',
      '2 min',
      '1 h',
      '8 h',
      '1 h 15 min',
    ])
  })

  test('days that are left are whole, and none is left of a time that is past', () => {
    const nowMs = Date.UTC(2026, 10, 23, 9, 30)
    const left = (hours: number) => formatDaysLeft(nowMs + hours * 3_600_000, nowMs)
    expect([24 * 41 + 1, 24, 23.9, -1].map(left)).toEqual(['41 days', '1 days', '0 days', '-1 days'])
  })

  test('sizes use decimal units', () => {
    expect([0, 999, 1000, 1_842_000, 5e9].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.00 kB',
      '1.84 MB',
      '5.00 GB',
    ])
  })

  test('what was not measured says so in every unit', () => {
    for (const unit of ['ms', 's', 'messages', 'bytes'] as const) {
      expect(formatValue(null, unit)).toBe('not measured')
    }
    expect(formatValue(0, 'messages')).toBe('0')
  })

  test('shares carry their sign, and nothing is not signed', () => {
    expect([0.0359, -0.084, 0.16, -12.5, 0, -0.0001].map(formatPercent)).toEqual([
      '+3.6 %',
      '−8.4 %',
      '+16 %',
      '−1,250 %',
      '0 %',
      '0 %',
    ])
  })

  test('counts are grouped', () => {
    expect(formatCount(1_284_310)).toBe('1,284,310')
  })
})

test('clocks and dates are those of the event’s time zone', () => {
  const midnightUtc = Date.UTC(2026, 11, 3, 0, 0, 15)
  expect(formatClock(midnightUtc, 'UTC')).toBe('00:00')
  expect(formatClock(midnightUtc, 'America/New_York', 'seconds')).toBe('19:00:15')
  expect(formatDate(midnightUtc, 'America/New_York')).toBe('Wed 2 Dec 2026')
})
