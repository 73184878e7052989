// What AWS changed, as people read it: columns, bounds, and nothing that could steer a terminal.
import { expect, test } from 'vitest'
import type { PriceChange, PriceRefresh } from '../simulator/costs/refresh/refresh-result.ts'
import { renderPricesText } from './terminal-prices.ts'

const change: PriceChange = {
  ...{ region: 'eu-west-1', rate: 'transfer.internet-out', unit: 'GB', from: '10240' },
  ...{ old: { priceUsd: '0.085', source: 'quotes', date: '2024-09-25' }, new: { priceUsd: '0.08' } },
  percent: '-5.88',
}
const refresh: PriceRefresh = {
  ...{ date: '2026-11-30', regions: ['eu-west-1'], changed: [change], added: [], vanished: [] },
  ...{ same: 41, notUnderstood: [], folder: null },
}

test('a changed tier has old, new and percent, and nothing written is said', () => {
  const text = renderPricesText(refresh)
  expect(text).toContain('41 are what they were, 1 changed, 0 are new, 0 vanished')
  expect(text).toMatch(/^ {2}eu-west-1 +transfer\.internet-out from 10240 +0\.085 +0\.08 +-5\.88 %$/m)
  expect(text).toContain('Nothing was written')
  expect(text).not.toContain('Vanished')
})

test('what vanished has no new price, and where it is written is said with how to use it', () => {
  const gone = { ...change, new: null, percent: null }
  const text = renderPricesText({ ...refresh, changed: [], vanished: [gone], folder: 'out/a' })
  expect(text).toMatch(/0\.085 +-\s*$/m)
  expect(text).toContain('micropop forecast EVENT --prices out/a')
})

test('a long list is cut, and names cannot steer the terminal', () => {
  const hostile = { ...change, rate: 'a\u001b[31mred' }
  const text = renderPricesText({
    ...refresh,
    changed: Array.from({ length: 5000 }, () => hostile),
    notUnderstood: ['x\u0007'],
  })
  expect(text).toContain('and 4800 more')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the point
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
})
