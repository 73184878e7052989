// Ways of buying a venue by what the event costs with each and how late its acks are: what nothing beats, and what was chosen.
import type { ScatterSeriesOption } from 'echarts'
import type { PlanPoint, VenuePlan } from '../../simulator/plan/plan-result.ts'
import { formatMs, formatUsd, plottedUsd } from '../format.ts'
import { frame } from './axes.ts'
import { type Chart, COLOUR, FONT_PX } from './svg.ts'

const TOP_PX = 34
const BELOW_PX = 44
const HEIGHT_PX = 340
/** Below this width the chosen is not named. */
const NARROW_PX = 600
/** Free around the outermost points, as a share of their spread. */
const MARGIN = 0.12
/** Of the latest: a smaller spread of latencies is no difference, and its axis would say one label many times. */
const LEAST_LATENESS_SPREAD = 0.2

/** Those whose p99 formulas know, of which a plot needs one. */
export function plottedPoints({ points }: VenuePlan): PlanPoint[] {
  return points.filter(({ formulas }) => ackOf({ formulas }) !== null)
}

/** `plottedPoints(venue)` must not be empty. */
export function paretoPlot(venue: VenuePlan, id: string, width: number): Chart {
  const points = plottedPoints(venue)
  const finalist = venue.chosen === null ? undefined : venue.finalists[venue.chosen]
  const isChosen = ({ what }: PlanPoint) => what === finalist?.what
  const chosen = points.filter(isChosen)
  const others = points.filter((point) => !isChosen(point))
  const axis = (name: string, values: number[], leastSpread: number) => {
    const [least, most] = [Math.min(...values), Math.max(...values)]
    const spread = Math.max(most - least, most * leastSpread) || 1
    const free = (spread - (most - least)) / 2 + spread * MARGIN
    return {
      type: 'value' as const,
      name,
      min: Math.max(0, least - free),
      max: most + free,
      nameTextStyle: { color: COLOUR.muted, fontSize: FONT_PX },
      axisLine: { show: true, lineStyle: { color: COLOUR.muted } },
      splitLine: { lineStyle: { color: COLOUR.grid } },
    }
  }
  const label = { color: COLOUR.muted, fontSize: FONT_PX, showMinLabel: false, showMaxLabel: false }
  const [best] = chosen
  const costs = points.map(({ cost }) => plottedUsd(cost))
  const middle = (Math.min(...costs) + Math.max(...costs)) / 2
  const inRightHalf = best !== undefined && plottedUsd(best.cost) > middle
  return {
    id,
    size: { width, height: HEIGHT_PX },
    alt: `${points.length} ways of buying ${venue.venue}, from ${formatUsd(points[0]?.cost ?? 0n)} to ${formatUsd(points.at(-1)?.cost ?? 0n)}; ${
      best
        ? `chosen is ${best.what} for ${formatUsd(best.cost)}, ack p99 ${formatMs(ackOf(best) ?? 0)} by formulas`
        : 'none is chosen'
    }.`,
    option: {
      grid: frame(TOP_PX, BELOW_PX),
      xAxis: {
        ...axis('the event costs, USD', costs, 0),
        nameLocation: 'middle',
        nameGap: 28,
        axisLabel: { ...label, hideOverlap: true, formatter: (usd: number) => usd.toFixed(2) },
      },
      yAxis: {
        ...axis(
          'ack p99 by formulas',
          points.map((point) => ackOf(point) ?? 0),
          LEAST_LATENESS_SPREAD,
        ),
        nameTextStyle: { color: COLOUR.muted, fontSize: FONT_PX, align: 'left' },
        axisLabel: { ...label, formatter: (ms: number) => formatMs(ms) },
      },
      series: [
        dots(
          others.filter(({ dominated }) => dominated),
          { color: COLOUR.muted, opacity: 0.45 },
          7,
        ),
        dots(
          others.filter(({ dominated }) => !dominated),
          { color: COLOUR.money },
          10,
        ),
        {
          ...dots(chosen, { color: COLOUR.twin }, 15),
          symbol: 'diamond',
          label: {
            // On a narrow screen it would be cut off; the table has it.
            show: width >= NARROW_PX,
            position: 'top',
            align: inRightHalf ? 'right' : 'left',
            formatter: () => best?.what ?? '',
            color: COLOUR.ink,
            fontSize: FONT_PX,
          },
        },
      ],
    },
  }
}

function dots(
  points: readonly PlanPoint[],
  itemStyle: ScatterSeriesOption['itemStyle'] & object,
  symbolSize: number,
): ScatterSeriesOption {
  return {
    type: 'scatter',
    symbolSize,
    itemStyle,
    data: points.map((point) => [plottedUsd(point.cost), ackOf(point) ?? 0]),
  }
}

function ackOf({ formulas }: Pick<PlanPoint, 'formulas'>): number | null {
  return formulas?.ackP99Ms ?? null
}
