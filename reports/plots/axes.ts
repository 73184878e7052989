// Axes, lines and shades that every plot over time shares.
import type { LineSeriesOption, XAXisComponentOption, YAXisComponentOption } from 'echarts'
import type { OutageWindow } from '../../simulator/run-result.ts'
import { downsampleMax } from '../downsample.ts'
import { formatCount } from '../format.ts'
import { COLOUR, FONT_PX, labelWidth } from './svg.ts'

export interface Span {
  startS: number
  endS: number
}

/** From the drawing's left edge to the frame: room for `100,000`. */
export const FRAME_LEFT_PX = 58
/** From the frame to the drawing's right edge: half of the last clock label. */
export const FRAME_RIGHT_PX = 20
/** Between a frame and an axis name that stands above the names of outages. */
export const ABOVE_OUTAGE_NAMES_PX = 24

/** Above this ratio of highest to middle value a linear axis would flatten everything but the peak. */
const LOG_FROM_RATIO = 25
const TIME_STEPS_S = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800,
]

/** Where a plot's frame lies in its drawing. */
export function frame(top: number, bottom: number) {
  return { left: FRAME_LEFT_PX, right: FRAME_RIGHT_PX, top, bottom, outerBoundsMode: 'none' as const }
}

/** Time axis over `span` whose labels, `labelOf(seconds)`, have room for `labelPx` each. */
export function timeAxis(
  span: Span,
  frameWidth: number,
  labelOf: (seconds: number) => string,
  options: { gridIndex: number; labelled: boolean; labelPx: number; name?: string },
): XAXisComponentOption {
  const most = Math.max(2, Math.floor(frameWidth / options.labelPx))
  const length = span.endS - span.startS
  const interval = TIME_STEPS_S.find((step) => length / step <= most) ?? length
  return {
    type: 'value',
    gridIndex: options.gridIndex,
    min: span.startS,
    max: span.endS,
    interval,
    name: options.name ?? '',
    nameLocation: 'middle',
    nameGap: 28,
    nameTextStyle: { color: COLOUR.muted, fontSize: FONT_PX },
    axisLine: { lineStyle: { color: COLOUR.muted } },
    axisTick: { show: options.labelled, lineStyle: { color: COLOUR.muted } },
    splitLine: { show: false },
    axisLabel: {
      show: options.labelled,
      color: COLOUR.muted,
      fontSize: FONT_PX,
      hideOverlap: true,
      showMaxLabel: (span.endS - span.startS) % interval === 0,
      formatter: (seconds: number) => labelOf(seconds),
    },
  }
}

/**
 * Axis of a quantity from zero to a round number above all `values` and `mustShow`; logarithmic where `mayBeLog`
 * and the peak dwarfs the rest.
 */
export function quantityAxis(
  name: string,
  values: readonly (number | null)[],
  options: { gridIndex: number; mustShow?: number; mayBeLog?: boolean; intervals?: number; nameGap?: number },
): YAXisComponentOption {
  const measured = values.filter((value) => value !== null)
  const highest = Math.max(options.mustShow ?? 0, ...measured, 0)
  const shared = {
    gridIndex: options.gridIndex,
    nameLocation: 'end' as const,
    nameGap: options.nameGap ?? 10,
    nameTextStyle: {
      color: COLOUR.ink,
      fontSize: FONT_PX,
      align: 'left' as const,
      padding: [0, 0, 0, -FRAME_LEFT_PX],
    },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: COLOUR.grid } },
    axisLabel: { color: COLOUR.muted, fontSize: FONT_PX, formatter: (value: number) => axisNumber(value) },
  }
  if (options.mayBeLog && isSpiky(measured)) {
    const positive = measured.filter((value) => value > 0)
    const min = 10 ** Math.floor(Math.log10(Math.min(...positive)))
    const max = 10 ** Math.ceil(Math.log10(highest))
    return { ...shared, type: 'log', name: `${name}, log scale`, min, max: Math.max(max, min * 10) }
  }
  const { step, top } = roundScale(highest, options.intervals ?? 4)
  return { ...shared, type: 'value', name, min: 0, max: top, interval: step }
}

/** A round step (1, 2, 2.5 or 5 times a power of ten) and the top of about `intervals` steps that holds `highest`. */
export function roundScale(highest: number, intervals: number): { step: number; top: number } {
  if (!(highest > 0)) return { step: 1, top: intervals }
  const raw = highest / intervals
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw * 0.999) ?? 10) * power
  return { step, top: Math.ceil((highest / step) * 0.999) * step }
}

/** A line over time, with at most one point for each pixel; a point between two gaps is drawn as a dot. */
export function timeLine(
  tS: readonly number[],
  values: readonly (number | null)[],
  frameWidth: number,
  style: { colour: string; dashed?: boolean; filled?: boolean; axis?: number },
): LineSeriesOption {
  const points = downsampleMax(tS, values, Math.floor(frameWidth))
  const axis = style.axis ?? 0
  return {
    type: 'line',
    xAxisIndex: axis,
    yAxisIndex: axis,
    color: style.colour,
    symbol: 'none',
    connectNulls: false,
    lineStyle: { width: 1.6, type: style.dashed ? [5, 3] : 'solid', cap: 'butt' },
    ...(style.filled && { areaStyle: { color: style.colour, opacity: 0.12 } }),
    data: points.map((point, i) => {
      const alone =
        point.value !== null &&
        (points[i - 1]?.value ?? null) === null &&
        (points[i + 1]?.value ?? null) === null
      const value = [round(point.tS), point.value === null ? null : round(point.value)]
      return alone ? { value, symbol: 'circle', symbolSize: 3.5 } : value
    }) as LineSeriesOption['data'],
  }
}

/** Shades the outages; each is named above its shade where the name does not run into its neighbour. */
export function outageShade(
  outages: readonly OutageWindow[],
  span: Span,
  frame: { left: number; width: number },
  named: boolean,
): NonNullable<LineSeriesOption['markArea']> {
  let freeFromPx = 0
  const areas = outages.map((outage) => {
    const middleS = (outage.startS + outage.endS) / 2
    const middlePx = frame.left + ((middleS - span.startS) / (span.endS - span.startS)) * frame.width
    const text = `${outage.target} ${outage.target === 'pop' ? 'killed' : 'cut'}: ${outage.venue}`
    const half = labelWidth(text) / 2
    const fits = middlePx - half >= freeFromPx && middlePx + half <= frame.left + frame.width + 8
    if (fits) freeFromPx = middlePx + half
    const label = { show: named && fits, formatter: () => text, position: 'top', distance: 4 } as const
    return [
      { xAxis: outage.startS, label: { ...label, color: COLOUR.ink, fontSize: FONT_PX } },
      { xAxis: outage.endS },
    ]
  })
  return { silent: true, itemStyle: { color: COLOUR.outage }, data: areas as never }
}

/** A service level as a dotted line, labelled at its right end. */
export function limitLine(limit: number, text: string): NonNullable<LineSeriesOption['markLine']> {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: COLOUR.limit, type: [2, 3], width: 1.5 },
    label: {
      formatter: () => text,
      position: 'insideEndTop',
      color: COLOUR.limit,
      fontSize: FONT_PX,
      textBorderColor: COLOUR.paper,
      textBorderWidth: 3,
    },
    data: [{ yAxis: limit }],
  }
}

function isSpiky(values: readonly number[]): boolean {
  const positive = values.filter((value) => value > 0).sort((a, b) => a - b)
  const middle = positive[Math.floor(positive.length / 2)]
  const highest = positive.at(-1)
  return middle !== undefined && highest !== undefined && highest / middle > LOG_FROM_RATIO
}

function axisNumber(value: number): string {
  return Math.abs(value) < 10 ? String(Number(value.toPrecision(3))) : formatCount(value)
}

/** Four significant digits are finer than a pixel, and keep the file small. */
function round(value: number): number {
  return Number(value.toPrecision(6))
}
