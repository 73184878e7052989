// What a figure depends on: a bar a factor, from the figure as planned to where the factor's two ends take it.
import type { BarSeriesOption } from 'echarts'
import type { FactorSwing, Tornado } from '../../simulator/monte-carlo/monte-carlo-result.ts'
import { factorName, movingSwings, standing } from '../factors.ts'
import { formatValue } from '../format.ts'
import { categoryAxis } from './cost.ts'
import { type Chart, COLOUR, FONT_PX } from './svg.ts'

const ROW_PX = 40
const NARROW_ROW_PX = 58
const BAR_PX = 13
/** Of the pair of bars of a row, from its middle, and a little air: where a name may begin that stands above them. */
const ABOVE_BARS_PX = Math.ceil(BAR_PX * 1.15) + 3
const TOP_PX = 6
const BELOW_PX = 26
/** Below this width names stand above their bars instead of to the left of them. */
const NARROW_PX = 600
const LABEL_PX = 118
const NAMES_PX = 170

export interface TornadoBars {
  label: string
  base: number
  /** Not empty, the widest first. */
  swings: readonly Pick<FactorSwing, 'factor' | 'low' | 'high'>[]
  format: (value: number | null) => string
}

/** Of a figure of the twin, whose base has to be measured and whose `movingSwings` not be empty. */
export function figureBars(tornado: Tornado): TornadoBars {
  const format = (value: number | null) => formatValue(value, tornado.unit)
  return { label: tornado.label, base: tornado.base ?? 0, swings: movingSwings(tornado), format }
}

export function tornadoPlot({ label, base, swings, format }: TornadoBars, id: string, width: number): Chart {
  const narrow = width < NARROW_PX
  const ends = swings.flatMap(({ low, high }) => [(low.value ?? base) - base, (high.value ?? base) - base])
  const reach = Math.max(...ends.map(Math.abs))
  const bars = (end: 'low' | 'high', colour: string): BarSeriesOption => ({
    type: 'bar',
    // Side by side: both ends may lie on one side of the plan, and their labels must not.
    barGap: '15%',
    barWidth: BAR_PX,
    itemStyle: { color: colour },
    data: swings.map(({ factor, [end]: at }) => {
      const value = (at.value ?? base) - base
      const text = value === 0 ? '' : standing(factor, at)
      return {
        value,
        label: { position: value < 0 ? ('left' as const) : ('right' as const), formatter: () => text },
      }
    }),
    label: { show: true, color: COLOUR.ink, fontSize: FONT_PX },
  })
  const [widest] = swings
  const names = swings.map(({ factor }) => factorName(factor))
  const axis = categoryAxis(0, names, narrow, narrow ? width - 12 : NAMES_PX)
  return {
    id,
    size: { width, height: TOP_PX + swings.length * (narrow ? NARROW_ROW_PX : ROW_PX) + BELOW_PX },
    alt:
      `${label} as planned is ${format(base)}; ` +
      (widest
        ? `${factorName(widest.factor)} moves it most, between ${format(widest.low.value)} (${standing(widest.factor, widest.low)}) and ${format(widest.high.value)} (${standing(widest.factor, widest.high)}).`
        : 'no factor moves it.'),
    option: {
      grid: {
        left: (narrow ? 2 : NAMES_PX) + LABEL_PX,
        right: LABEL_PX,
        top: TOP_PX,
        bottom: BELOW_PX,
        outerBoundsMode: 'none',
      },
      xAxis: {
        type: 'value',
        min: -reach,
        max: reach,
        interval: reach,
        splitLine: { lineStyle: { color: COLOUR.grid } },
        axisLabel: {
          color: COLOUR.muted,
          fontSize: FONT_PX,
          formatter: (from: number) => (base + from < 0 ? '' : format(base + from)),
        },
      },
      yAxis: {
        ...axis,
        ...(narrow
          ? { axisLabel: { ...axis.axisLabel, padding: [0, 0, ABOVE_BARS_PX, -LABEL_PX] } }
          : { offset: LABEL_PX }),
        axisLine: { show: false },
      },
      series: [bars('low', COLOUR.measured), bars('high', COLOUR.twin)],
    },
  }
}
