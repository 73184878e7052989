import { describe, expect, test } from 'vitest'
import { decide } from './decision.ts'
import type { Verdict } from './run-result.ts'

const verdict = (outcome: Verdict['outcome'], value: number | null = 90): Verdict => ({
  level: 'Acknowledged, p99',
  limit: 100,
  unit: 'ms',
  value,
  outcome,
})
const of = 'the live rehearsal'
const priced = { budget: { limit: 1n, outcome: 'within' as const }, unpriced: [] }

test('everything met and within budget is go', () => {
  expect(decide([{ of, verdicts: [verdict('met')] }], priced, null).decision).toBe('go')
})

test('one missed level is no-go, with the figures in the reason', () => {
  const { decision, reasons } = decide([{ of, verdicts: [verdict('missed', 180)] }], priced, null)
  expect(decision).toBe('no-go')
  expect(reasons[0]).toBe('Acknowledged, p99: 180 ms in the live rehearsal, the limit is 100 ms.')
})

test('over budget is no-go', () => {
  const over = { budget: { limit: 1n, outcome: 'over' as const }, unpriced: [] }
  expect(decide([{ of, verdicts: [verdict('met')] }], over, null).decision).toBe('no-go')
})

test.each(['inconclusive', 'unknown'] as const)(
  '%s is inconclusive, unless something else is missed',
  (outcome) => {
    const open = verdict(outcome, outcome === 'unknown' ? null : 101)
    expect(decide([{ of, verdicts: [open] }], priced, null).decision).toBe('inconclusive')
    expect(decide([{ of, verdicts: [open, verdict('missed')] }], priced, null).decision).toBe('no-go')
  },
)

test('without a live run nothing better than inconclusive is said', () => {
  const { decision, reasons } = decide([{ of, verdicts: [verdict('met')] }], priced, 'k6 is missing.')
  expect(decision).toBe('inconclusive')
  expect(reasons[0]).toContain('k6 is missing')
})

describe('what is unpriced', () => {
  const unpriced = [
    { venue: 'a', urn: 'u', type: 't', description: 'd', quantity: null, unit: 'GB', why: 'w' },
  ]
  const runs = [{ of, verdicts: [verdict('met')] }]
  test('is said and blocks nothing where there is no budget', () => {
    const { decision, reasons } = decide(runs, { budget: null, unpriced }, null)
    expect(decision).toBe('go')
    expect(reasons.at(-1)).toBe('1 cost line has no known rate or quantity.')
  })
  test('leaves a budget that it might exceed open', () => {
    const budget = { limit: 1n, outcome: 'unknown' as const }
    expect(decide(runs, { budget, unpriced }, null).decision).toBe('inconclusive')
  })
})
