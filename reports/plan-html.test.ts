// The plan's page: what was found, each way of buying in the plot, and names from the event file as text only.
import { expect, test } from 'vitest'
import type { Finalist, PlanPoint, PlanResult } from '../simulator/plan/plan-result.ts'
import { renderPlanHtml } from './plan-html.ts'

const USD = 10n ** 12n
const ways: [what: string, usd: bigint, ackP99Ms: number, dominated: boolean][] = [
  ['t3.small burstable, credits standard', 101n, 410, false],
  ['t3.medium burstable, credits standard', 103n, 260, false],
  ['t3a.medium burstable, credits standard', 104n, 300, true],
  ['m7i-flex.large on-demand', 108n, 180, false],
  ['m5.large on-demand', 110n, 230, true],
]
const points = ways.map(([what, usd, ackP99Ms, dominated]): PlanPoint => {
  const formulas = { ackP99Ms, deliveryP99Ms: 2 * ackP99Ms }
  return { what, keys: [], cost: usd * USD, formulas, spot: null, dominated }
})
const level = {
  ...{ level: 'Ack p99', limit: 500, unit: 'ms' as const, days: 52, met: 52 },
  ...{ low: 0.9505, high: 1, outcome: 'met' as const, worst: 431 },
}
const finalist = (i: number, of: Partial<Finalist>): Finalist => ({
  ...(points[i] as PlanPoint),
  ...{ own: false, twin: { ackP99Ms: 250, deliveryP99Ms: 510 }, days: 52, levels: [level], outcome: 'met' },
  ...of,
})
const result: PlanResult = {
  ...{ event: 'fair', file: 'fair.yaml', firstSeed: 1, seeds: 52, target: 0.95, confidence: 0.95 },
  own: { cost: 110n * USD, outcome: 'open' },
  chosen: { cost: 103n * USD, outcome: 'met', levels: [level], binds: { venue: 'remote', ...level } },
  venues: [
    {
      ...{
        venue: '<remote>',
        judged: true,
        searched: 12,
        points,
        chosen: 1,
        kept: ['the standby: no model'],
      },
      leftOut: { unpriced: 1, missedByFormulas: 4, outsideFormulas: 2 },
      finalists: [
        finalist(0, { levels: [{ ...level, met: 49, low: 0.86, outcome: 'inconclusive' }], outcome: 'open' }),
        finalist(1, {}),
        finalist(4, { own: true, days: 4, outcome: 'open' }),
      ],
      busy: { typical: 0.031, peak: 0.25 },
    },
  ],
  together: null,
  twin: { days: 108, attendeeDays: 86_400, bound: 130_000, reached: false },
}

test('tells the answer, what was tried, what binds and what is left of the machine', () => {
  const page = renderPlanHtml(result, 'npx micropop plan fair.yaml --seed 1')
  expect(page).toContain('fair: $103.00, $7.00 less than the $110.00 of the event file.')
  expect(page).toContain('<strong>t3.medium burstable, credits standard</strong>')
  expect(page).toContain('Nearest to its limit: Ack p99 at remote, 431 ms on its worst day against 500 ms.')
  expect(page).toContain('4 times as high before it is full')
  expect(page).toContain('not shown: Ack p99 49 of 52')
  expect(page).toContain('npx micropop plan fair.yaml --seed 1')
})

test('the plot has a mark for each way and says the chosen', () => {
  const page = renderPlanHtml(result, '')
  const [svg = ''] = /<svg[\s\S]*?<\/svg>/.exec(page) ?? []
  expect(svg).toContain('5 ways of buying &lt;remote&gt;, from $101.00 to $110.00; chosen is t3.medium')
  const marks = [...svg.matchAll(/<path d="[^"]*Z?" transform="matrix[^>]* fill="var\(--(\w+)\)/g)]
  expect(marks.map(([, colour]) => colour)).toEqual(['muted', 'muted', 'money', 'money', 'twin'])
  expect(page).not.toContain('<remote>')
})

test('without formulas there is no plot', () => {
  const venues = result.venues.map((venue) => {
    return { ...venue, points: points.map((point) => ({ ...point, formulas: null })) }
  })
  expect(renderPlanHtml({ ...result, venues }, '')).not.toContain('<svg')
})
