// From how many event days on a commitment is cheaper: what on demand costs by days, beside what each commitment costs.
import type { LineSeriesOption } from 'echarts'
import type { PolicyComparison, PolicyCost } from '../../simulator/costs/purchase/policies-result.ts'
import { formatCount, formatUsd, plottedUsd } from '../format.ts'
import { frame, limitLine, quantityAxis } from './axes.ts'
import { type Chart, COLOUR, FONT_PX } from './svg.ts'

const TOP_PX = 34
const BELOW_PX = 44
const HEIGHT_PX = 320
/** Height that a name needs for itself. */
const LABEL_PX = 18
/** Commitments drawn, those that pay off first. */
const SHOWN = 4
const DASHES = ['solid', [7, 3], [2, 3], [9, 3, 2, 3]] as const

/** Commitments whose price and break-even are known, in the order in which they pay off. */
export function commitmentsOf({ policies }: PolicyComparison): (PolicyCost & { breakEvenDays: number })[] {
  return policies
    .filter(
      (policy): policy is PolicyCost & { breakEvenDays: number } =>
        policy.breakEvenDays !== null && policy.cash !== null,
    )
    .toSorted((a, b) => a.breakEvenDays - b.breakEvenDays)
    .slice(0, SHOWN)
}

/** `commitmentsOf(comparison)` must not be empty. */
export function breakEvenPlot(comparison: PolicyComparison, id: string, width: number): Chart {
  const commitments = commitmentsOf(comparison)
  const onDemand = comparison.policies.find(({ policy }) => policy === 'on-demand')
  const perDay = plottedUsd(onDemand?.cash ?? 0n) / Math.max(1, comparison.eventDays)
  const last = Math.max(comparison.eventDays, ...commitments.map(({ breakEvenDays }) => breakEvenDays))
  const days = Math.ceil(last * 1.15)
  const line = (
    data: [number, number][],
    colour: string,
    dash: (typeof DASHES)[number],
  ): LineSeriesOption => ({
    type: 'line',
    symbol: 'none',
    color: colour,
    lineStyle: { width: 1.8, type: dash as never },
    data,
  })
  const top = Math.max(perDay * days, ...commitments.map(({ cash }) => plottedUsd(cash ?? 0n)))
  const named = namedApart(commitments, top)
  const flat = commitments.map((policy, i) => ({
    ...line(
      [0, days].map((day): [number, number] => [day, plottedUsd(policy.cash ?? 0n)]),
      COLOUR.twin,
      DASHES[i] ?? 'solid',
    ),
    endLabel: {
      show: named.has(policy.policy),
      formatter: () => policy.label,
      color: COLOUR.ink,
      fontSize: FONT_PX,
      align: 'right' as const,
      verticalAlign: 'bottom' as const,
      offset: [-6, -3],
    },
  }))
  return {
    id,
    size: { width, height: HEIGHT_PX },
    alt: `On demand ${formatUsd(onDemand?.cash ?? 0n)} for ${formatCount(comparison.eventDays)} event days; ${commitments
      .map(
        ({ label, breakEvenDays }) => `${label} is cheaper from ${formatCount(breakEvenDays)} event days on`,
      )
      .join('; ')}.`,
    option: {
      grid: frame(TOP_PX, BELOW_PX),
      xAxis: {
        type: 'value',
        min: 0,
        max: days,
        name: 'event days in the term',
        nameLocation: 'middle',
        nameGap: 28,
        nameTextStyle: { color: COLOUR.muted, fontSize: FONT_PX },
        splitLine: { show: false },
        axisLine: { lineStyle: { color: COLOUR.muted } },
        axisLabel: { color: COLOUR.muted, fontSize: FONT_PX, showMaxLabel: false },
      },
      yAxis: quantityAxis('USD, all machines, whole term', [top], { gridIndex: 0 }),
      series: [
        {
          ...line(
            [
              [0, 0],
              [days, perDay * days],
            ],
            COLOUR.measured,
            'solid',
          ),
          markLine: {
            ...limitLine(0, ''),
            label: {
              formatter: () => 'the calendar',
              position: 'insideEndTop',
              color: COLOUR.limit,
              fontSize: FONT_PX,
            },
            data: [{ xAxis: comparison.eventDays }],
          },
        },
        ...flat,
      ],
    },
  }
}

/** Those whose names do not run into one that pays off before. */
function namedApart(commitments: readonly PolicyCost[], top: number): Set<string> {
  const apart = (LABEL_PX / (HEIGHT_PX - TOP_PX - BELOW_PX)) * top
  const levels: number[] = []
  const named = new Set<string>()
  for (const { policy, cash } of commitments) {
    const level = plottedUsd(cash ?? 0n)
    if (levels.some((other) => Math.abs(other - level) < apart)) continue
    levels.push(level)
    named.add(policy)
  }
  return named
}
