// Both credit modes beside each other: a row a step, what each costs in the end, and a price that is not known.
import { expect, test } from 'vitest'
import type { CreditReport } from '../simulator/costs/credits-result.ts'
import { renderCreditComparisonCsv } from './credits-csv.ts'
import { renderCreditComparisonText } from './terminal-credits.ts'

const point = { hour: 2, balance: 0, surplus: 0, charged: 0, throttledMinutes: 120 }
const standard: CreditReport = {
  ...{ instanceType: 't3.nano', mode: 'standard', region: 'eu-west-1', vcpus: 2 },
  ...{ creditsPerHour: 6, maxCredits: 144, baselinePct: 5, ...point },
  ...{ rateUsd: '0.05', rateSource: { id: 'list', date: '2026-01-02' }, usd: 0n, usdWhenStopped: 0n },
  steps: [{ hours: 2, cpuPct: 100, ...point }],
  trace: [{ ...point, hour: 0, throttledMinutes: 0 }, point],
}
const owed = { ...point, surplus: 144, charged: 84, throttledMinutes: 0 }
const unlimited: CreditReport = {
  ...{ ...standard, mode: 'unlimited', ...owed },
  ...{ usd: 70_000_000_000n, usdWhenStopped: 190_000_000_000n },
  steps: [{ hours: 2, cpuPct: 100, ...owed }],
  trace: [{ ...point, hour: 0, throttledMinutes: 0 }, owed],
}

test('a step is one row with both modes, and the end says what each does', () => {
  const text = renderCreditComparisonText({ standard, unlimited })
  expect(text).toMatch(/^2 h at 100 % +2 +0 +120 +0 +144 +84$/m)
  expect(text).toContain('Standard is throttled for 120 minutes and billed nothing more.')
  expect(text).toContain('billed 0.07 USD, 0.19 USD when it is stopped then')
})

test('without a price unlimited is not taken for free', () => {
  const none = { ...unlimited, rateUsd: null, rateSource: null, usd: null, usdWhenStopped: null }
  const text = renderCreditComparisonText({ standard, unlimited: none })
  expect(text).toContain('What unlimited is billed is not known: the price book has no price')
})

test('the CSV has the rows of both, told apart by their mode', () => {
  const rows = renderCreditComparisonCsv({ standard, unlimited }).trim().split(/\r?\n/)
  expect(rows.map((row) => row.split(',')[0])).toEqual([
    ...['mode', 'standard', 'standard', 'unlimited', 'unlimited'],
  ])
})
