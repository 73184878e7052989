// The whole day in the twin: latency, backlog and sessions under each other, with the run of show above them.
import type { LineSeriesOption } from 'echarts'
import { formatClock, formatCount, formatMs, formatValue, formatWeekday } from '../format.ts'
import type { PreflightReport, ReportEvent } from '../preflight-input.ts'
import {
  ABOVE_OUTAGE_NAMES_PX,
  FRAME_LEFT_PX,
  FRAME_RIGHT_PX,
  limitLine,
  outageShade,
  quantityAxis,
  type Span,
  timeAxis,
  timeLine,
} from './axes.ts'
import { highest } from './rehearsal.ts'
import { type Chart, COLOUR, FONT_PX, labelWidth, type Size } from './svg.ts'

const STRIP = { top: 2, height: 22 }
const FIRST_PANEL_TOP = 80
const PANEL_GAP = 42
const BELOW = 28
const DAY_S = 86_400

export function dayPlot({ event, day }: PreflightReport, id: string, size: Size): Chart {
  const width = size.width - FRAME_LEFT_PX - FRAME_RIGHT_PX
  const { series } = day
  const span = { startS: 0, endS: Math.max(1, (series.tS.at(-1) ?? 0) + 1) }
  const height = (size.height - FIRST_PANEL_TOP - 2 * PANEL_GAP - BELOW) / 3
  const tops = [0, 1, 2].map((i) => FIRST_PANEL_TOP + i * (height + PANEL_GAP))
  const bands = segmentBands(event, span, width)
  const limitMs = event.serviceLevels.ackP99Ms
  const panel = (values: (number | null)[], axis: number, filled: boolean): LineSeriesOption => ({
    ...timeLine(series.tS, values, width, { colour: COLOUR.twin, axis, filled }),
    markArea: shades(outageShade(day.outages, span, { left: FRAME_LEFT_PX, width }, axis === 1), bands),
  })
  const labelOf = clockOf(event, day.window.startS, span)
  const labelPx = span.endS - span.startS > DAY_S ? 84 : 64
  return {
    id,
    size,
    alt:
      `The whole day in the twin: ack p99 peaks at ${formatValue(highest(series.ackP99Ms), 'ms')} ` +
      `(service level ${formatMs(limitMs)}), queue depth at ${formatValue(highest(series.backlog), 'messages')} ` +
      `messages, ${formatCount(highest(series.sessions) ?? 0)} sessions at most; segments of the run of show are ` +
      `banded${day.outages.length > 0 ? ' and outages shaded' : ''}.`,
    option: {
      grid: [
        { left: FRAME_LEFT_PX, right: FRAME_RIGHT_PX, ...STRIP, outerBoundsMode: 'none' },
        ...tops.map((top) => ({
          left: FRAME_LEFT_PX,
          right: FRAME_RIGHT_PX,
          top,
          height,
          outerBoundsMode: 'none' as const,
        })),
      ],
      xAxis: [
        { type: 'value', gridIndex: 0, min: span.startS, max: span.endS, show: false },
        ...[1, 2, 3].map((gridIndex) =>
          timeAxis(span, width, labelOf, { gridIndex, labelled: gridIndex === 3, labelPx }),
        ),
      ],
      yAxis: [
        { type: 'value', gridIndex: 0, min: 0, max: 1, show: false },
        quantityAxis('ack p99, ms', series.ackP99Ms, {
          gridIndex: 1,
          mustShow: limitMs,
          mayBeLog: true,
          nameGap: ABOVE_OUTAGE_NAMES_PX,
        }),
        quantityAxis('queue depth, messages', series.backlog, { gridIndex: 2, intervals: 3 }),
        quantityAxis('sessions', series.sessions, { gridIndex: 3, intervals: 3 }),
      ],
      series: [
        {
          type: 'line',
          data: [],
          markArea: { silent: true, data: bands.map((band) => band.named) as never },
        },
        {
          ...panel(series.ackP99Ms, 1, false),
          markLine: limitLine(limitMs, `service level ${formatMs(limitMs)}`),
        },
        panel(series.backlog, 2, true),
        panel(series.sessions, 3, false),
      ],
    },
  }
}

interface Band {
  /** Every second segment, for the panels; null for those left white. */
  plain: object[] | null
  /** For the strip above the panels. */
  named: object[]
}

/**
 * Segments of the run of show; named by number and name, number alone, or not at all, as there is room. The run
 * begins with its day of the show, so a segment stands at its own time, wherever clocks changed before.
 */
function segmentBands(event: ReportEvent, span: Span, width: number): Band[] {
  const pxPerS = width / (span.endS - span.startS)
  return event.runOfShow.flatMap((segment, i) => {
    const startS = Math.max(span.startS, segment.startS)
    const endS = Math.min(span.endS, segment.startS + segment.durationS)
    if (endS <= startS) return []
    const room = (endS - startS) * pxPerS - 4
    const text = [`${i + 1} ${segment.name}`, `${i + 1}`].find((label) => labelWidth(label) <= room) ?? ''
    const label = { show: text !== '', formatter: () => text, position: 'inside', color: COLOUR.ink }
    const odd = i % 2 === 1
    const area = (itemStyle: object) => [{ xAxis: startS, itemStyle }, { xAxis: endS }]
    const strip = { color: odd ? COLOUR.band : COLOUR.paper, borderColor: COLOUR.grid, borderWidth: 1 }
    return [
      {
        plain: odd ? area({ color: COLOUR.band }) : null,
        named: [{ xAxis: startS, label: { ...label, fontSize: FONT_PX }, itemStyle: strip }, { xAxis: endS }],
      },
    ]
  })
}

function shades(
  outages: NonNullable<LineSeriesOption['markArea']>,
  bands: Band[],
): LineSeriesOption['markArea'] {
  const behind = bands.flatMap((band) => (band.plain ? [band.plain] : []))
  return { ...outages, label: { show: false }, data: [...behind, ...(outages.data ?? [])] as never }
}

function clockOf(event: ReportEvent, runStartS: number, span: Span): (seconds: number) => string {
  const several = span.endS - span.startS > DAY_S
  return (seconds) => {
    const atMs = event.startsMs + (runStartS + seconds) * 1000
    const clock = formatClock(atMs, event.timezone)
    return several ? `${formatWeekday(atMs, event.timezone)} ${clock}` : clock
  }
}
