// Where the money goes: the total against the budget, and the dearest lines.
import type { Forecast } from '../../simulator/costs/forecast-result.ts'
import { formatUsd, plottedUsd } from '../format.ts'
import { roundScale } from './axes.ts'
import { type Chart, COLOUR, FONT_PX, labelWidth, type Size } from './svg.ts'

const LINES_SHOWN_MAX = 12
const TOTAL_PX = 40
const BETWEEN_PX = 26
/** Below this width labels stand above their bars instead of to the left of them. */
const NARROW_PX = 600

interface Bar {
  label: string
  amount: bigint
}

/** Lines by amount, biggest first; those beyond the twelfth are added up in a last bar. */
export function costBars(forecast: Forecast): Bar[] {
  const bars = forecast.lines
    .map((line) => ({ label: `${line.description} · ${line.venue}`, amount: line.amount }))
    .sort((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0))
  if (bars.length <= LINES_SHOWN_MAX) return bars
  const rest = bars.slice(LINES_SHOWN_MAX - 1)
  const amount = rest.reduce((sum, bar) => sum + bar.amount, 0n)
  return [...bars.slice(0, LINES_SHOWN_MAX - 1), { label: `${rest.length} smaller lines`, amount }]
}

export function costPlot(forecast: Forecast, id: string, width: number): Chart {
  const narrow = width < NARROW_PX
  const bars = costBars(forecast)
  const rowPx = narrow ? 40 : 26
  const top = 30 + TOTAL_PX + BETWEEN_PX
  const size: Size = { width, height: top + bars.length * rowPx + 6 }
  const left = narrow ? 2 : 330
  const frame = { left, right: 92, outerBoundsMode: 'none' as const }
  const budget = forecast.budget ? plottedUsd(forecast.budget.limit) : null
  const budgetText = forecast.budget ? `budget ${formatUsd(forecast.budget.limit)}` : ''
  const biggest = bars[0]
  // One scale for both grids: a line that is a part of the total must not look longer than it.
  const { top: max } = roundScale(Math.max(plottedUsd(forecast.total), budget ?? 0), 20)
  const scale = { min: 0, max, show: false }
  return {
    id,
    size,
    alt:
      `Forecast of ${formatUsd(forecast.total)}${budgetText && ` against a ${budgetText}`}` +
      `${biggest ? `; the biggest of ${forecast.lines.length} lines is ${biggest.label}, ${formatUsd(biggest.amount)}` : ''}.`,
    option: {
      grid: [
        { ...frame, top: 26, height: TOTAL_PX },
        { ...frame, top, height: bars.length * rowPx },
      ],
      xAxis: [
        { type: 'value', gridIndex: 0, ...scale },
        { type: 'value', gridIndex: 1, ...scale },
      ],
      yAxis: [
        categoryAxis(0, ['Total'], narrow, width - 12),
        categoryAxis(
          1,
          bars.map((bar) => bar.label),
          narrow,
          narrow ? width - 12 : left - 12,
        ),
      ],
      series: [
        {
          ...barSeries(0, [{ label: 'Total', amount: forecast.total }], narrow),
          itemStyle: { color: COLOUR.money },
          ...(budget !== null && {
            markLine: {
              silent: true,
              symbol: 'none',
              lineStyle: { color: COLOUR.limit, type: [2, 3], width: 1.5 },
              label: {
                formatter: () => budgetText,
                position: 'start',
                color: COLOUR.limit,
                fontSize: FONT_PX,
              },
              data: [{ xAxis: budget }],
            },
          }),
        },
        { ...barSeries(1, bars, narrow), itemStyle: { color: COLOUR.money } },
      ],
    },
  }
}

function barSeries(axis: number, bars: Bar[], narrow: boolean) {
  return {
    type: 'bar' as const,
    xAxisIndex: axis,
    yAxisIndex: axis,
    barWidth: narrow ? 12 : 14,
    data: bars.map((bar) => plottedUsd(bar.amount)),
    label: {
      show: true,
      position: 'right' as const,
      color: COLOUR.ink,
      fontSize: FONT_PX,
      formatter: ({ dataIndex }: { dataIndex: number }) => formatUsd(bars[dataIndex]?.amount ?? 0n),
    },
  }
}

export function categoryAxis(gridIndex: number, labels: string[], narrow: boolean, room: number) {
  return {
    type: 'category' as const,
    gridIndex,
    data: labels.map((label) => shortened(label, room)),
    inverse: true,
    axisTick: { show: false },
    axisLine: { show: !narrow, lineStyle: { color: COLOUR.grid } },
    axisLabel: narrow
      ? {
          inside: true,
          margin: 0,
          verticalAlign: 'bottom' as const,
          padding: [0, 0, 8, 0],
          color: COLOUR.ink,
        }
      : { color: COLOUR.ink, margin: 8 },
  }
}

function shortened(label: string, room: number): string {
  if (labelWidth(label) <= room) return label
  return `${label.slice(0, Math.max(4, Math.floor((label.length * room) / labelWidth(label)) - 1)).trimEnd()}…`
}
