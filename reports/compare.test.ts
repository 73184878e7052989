// A comparison for a pull request cannot be broken by what events are called.
import { expect, test } from 'vitest'
import type { EventComparison } from '../simulator/costs/compare/compare-result.ts'
import { renderCompareMarkdown, renderCompareText } from './compare.ts'
import { renderCompareHtml } from './compare-html.ts'

const HOSTILE = 'a | b\n<img src=x> [x](javascript:1) @team\u001b[31m'
const result: EventComparison = {
  before: HOSTILE,
  after: 'b.yaml',
  cost: {
    lines: [
      {
        ...{ venue: 'remote', urn: 'u', description: HOSTILE, unit: 'hour', rateId: null },
        before: { quantity: '2', rate: '1', amount: 2_000_000_000_000n },
        after: { quantity: '3', rate: '1', amount: 3_000_000_000_000n },
        reason: 'quantity',
        ...{ priceEffect: 0n, quantityEffect: 1_000_000_000_000n, difference: 1_000_000_000_000n },
      },
    ],
    ...{ before: 2_000_000_000_000n, after: 3_000_000_000_000n, difference: 1_000_000_000_000n },
    reasons: { added: 0n, removed: 0n, price: 0n, quantity: 1_000_000_000_000n },
    unpriced: { added: [], removed: [] },
  },
  figures: [{ id: 'ack-p99', label: 'Acknowledged, p99', unit: 'ms', before: 100, after: null }],
  figuresFrom: 'surrogate',
  noFigures: null,
}

test('markup, tables, mentions and control characters in names are plain text in Markdown', () => {
  const text = renderCompareMarkdown(result)
  expect(text).not.toMatch(/<img|\[x\]|@team/)
  expect(text).not.toContain('\u001b')
  for (const line of text.split('\n').filter((of) => of.startsWith('| ')))
    expect([4, 6]).toContain(line.split('|').length - 1)
  expect(text).toContain('| $2.00 | $3.00 | +$1.00 | quantity 2 → 3 |')
})

test('the terminal has each change with its reason, and figures that were not measured say so', () => {
  const text = renderCompareText(result)
  expect(text).toContain('quantity 2 → 3')
  expect(text).toContain('not measured')
  expect(text).not.toContain('\u001b')
})

test('names are plain text in the page, which has each change, its reason and what repeats it', () => {
  const page = renderCompareHtml(result, 'npx micropop compare a.yaml b.yaml')
  expect(page).not.toContain('<img')
  expect(page).not.toContain('\u001b')
  expect(page).toContain('&lt;img src=x&gt;')
  for (const text of ['quantity 2 → 3', '+$1.00', 'not measured', 'npx micropop compare a.yaml b.yaml'])
    expect(page).toContain(text)
})
