// A forecast as FOCUS, cell by cell, from a forecast that was made up.
import { expect, test } from 'vitest'
import type { ForecastReport } from '../simulator/costs/forecast-report-result.ts'
import type { CostLine } from '../simulator/costs/forecast-result.ts'
import type { LineAllocation } from '../simulator/costs/sponsors/allocation-result.ts'
import { renderFocusCsv } from './focus-csv.ts'
import { fixtureForecast } from './testing/fixture-forecast.ts'
import { fixtureInterval } from './testing/fixture-interval.ts'

const START_MS = Date.UTC(2026, 11, 3, 9)
const QUANTILES = ['x_EventCostP10', 'x_EventCostP50', 'x_EventCostP90', 'x_EventCostP99']
const base = fixtureForecast(START_MS)
/** 0.0456 × 10 less 25 %. */
const line: CostLine = {
  ...(base.lines[0] as CostLine),
  tags: { 'micropop:event': 'stand', 'micropop:venue': 'stand', 'micropop:sponsor': 'acme' },
  quantity: '10',
  unit: 'hour',
  rate: '0.0456',
  list: 456_000_000_000n,
  discount: 114_000_000_000n,
  amount: 342_000_000_000n,
}
const report: ForecastReport = {
  ...base,
  ...{ lines: [line], timezone: 'Europe/Dublin', interval: fixtureInterval(), phases: [], tails: [] },
  ...{ anHourLonger: 0n, cheaper: null, approved: null, soFar: null, outage: null },
  coverage: { scored: 0, inside: 0, underP99: 0, low: 0, high: 1, outcome: 'unknown' },
}

/** Cells without quotes or commas in them; of JSON, the plain text. */
function cellsOf(csv: string): Record<string, string>[] {
  const cells = (row: string) =>
    [...row.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = '']) =>
      cell.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'),
    )
  const [head = '', ...rows] = csv.trimEnd().split('\r\n')
  const names = cells(head)
  return rows.map((row) => Object.fromEntries(cells(row).map((cell, i) => [names[i] ?? '', cell])))
}

test('a line has its costs before and after the discount, its tags, and the interval of the event', () => {
  const [row] = cellsOf(renderFocusCsv(report))
  expect(row).toMatchObject({
    ListCost: '0.456',
    BilledCost: '0.342',
    ContractedUnitPrice: '0.0342',
    PricingQuantity: '10',
    Tags: JSON.stringify(line.tags),
    ...{
      x_EventCostP10: '170.00',
      x_EventCostP50: '187.00',
      x_EventCostP90: '210.00',
      x_EventCostP99: '240.00',
    },
  })
  expect(Object.keys(row ?? {}).filter((name) => name.startsWith('Allocated'))).toEqual([])
})

test('without an interval the columns are there and empty', () => {
  const [row] = cellsOf(renderFocusCsv({ ...report, interval: null }))
  expect(QUANTILES.map((name) => row?.[name])).toEqual(['', '', '', ''])
})

test('a line in parts is a row each: who has it, by what, at the prices of the line', () => {
  const part = (of: string | null, ratio: string, userSeconds: string | null, amount: bigint) => ({
    ...{ of, ratio, userSeconds, quantity: '5', list: amount + 1n, amount },
  })
  const allocation: LineAllocation = {
    by: 'sponsor',
    lines: [
      [
        part('acme', '0.75', '3', 256_500_000_000n),
        part('globex', '0.2', '1', 68_400_000_000n),
        part(null, '0.05', null, 17_100_000_000n),
      ],
    ],
  }
  const rows = cellsOf(renderFocusCsv(report, allocation))
  const shown = rows.map((row) => [
    ...[row.AllocatedResourceId, row.AllocatedResourceName, row.AllocatedTags, row.AllocatedMethodDetails],
    ...[row.BilledCost, row.ListCost, row.ConsumedQuantity],
  ])
  const elements = (of: string) => `{"Elements":[{${of}}]}`
  const seconds = (ratio: string, of: string) =>
    elements(`"AllocatedRatio":${ratio},"UsageUnit":"User-Seconds","UsageQuantity":${of}`)
  expect(shown).toEqual([
    // Its resource has the tag of acme already.
    ['sponsor/acme', 'acme', '', seconds('0.75', '3'), '0.2565', '0.256500000001', '5'],
    [
      ...['sponsor/globex', 'globex', '{"micropop:sponsor":"globex"}', seconds('0.2', '1')],
      ...['0.0684', '0.068400000001', '5'],
    ],
    ['', '', '', elements('"AllocatedRatio":0.05'), '0.0171', '0.017100000001', '5'],
  ])
  for (const row of rows) {
    expect([row.AllocatedMethodId, row.ContractedUnitPrice, row.ListUnitPrice]).toEqual([
      'micropop:by-user-seconds',
      '0.0342',
      '0.0456',
    ])
  }
})
