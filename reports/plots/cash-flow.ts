// Cash by month beside what is amortised: when money leaves, and which months it is for.
import type { PolicyCost } from '../../simulator/costs/purchase/policies-result.ts'
import { formatUsd, plottedUsd } from '../format.ts'
import { frame, quantityAxis } from './axes.ts'
import { type Chart, COLOUR, FONT_PX } from './svg.ts'

const HEIGHT_PX = 260
/** A term of three years, and a month at either end. */
const MONTHS_MAX = 38

/** `policy.months` must not be empty. */
export function cashFlowPlot({ label, months }: PolicyCost, id: string, width: number): Chart {
  const shown = months.slice(0, MONTHS_MAX)
  const cash = shown.map((month) => plottedUsd(month.cash))
  const amortised = shown.map((month) => plottedUsd(month.amortised))
  const most = shown.reduce((found, month) => (month.cash > found.cash ? month : found))
  return {
    id,
    size: { width, height: HEIGHT_PX },
    alt: `${label}: most cash leaves in ${most.month}, ${formatUsd(most.cash)}, over ${shown.length} months.`,
    option: {
      grid: frame(34, 30),
      xAxis: {
        type: 'category',
        data: shown.map(({ month }) => month),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: COLOUR.muted } },
        axisLabel: { color: COLOUR.muted, fontSize: FONT_PX, hideOverlap: true },
      },
      yAxis: quantityAxis('USD a month', [...cash, ...amortised], { gridIndex: 0 }),
      series: [
        { type: 'bar', data: cash, barMaxWidth: 22, itemStyle: { color: COLOUR.measured } },
        { type: 'bar', data: amortised, barMaxWidth: 22, itemStyle: { color: COLOUR.twin } },
      ],
    },
  }
}
