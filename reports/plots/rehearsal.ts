// The rehearsal's plots: what was measured and what the twin said, on the same axes.
import { formatMs, formatValue } from '../format.ts'
import type { ScoredRehearsal } from '../preflight-input.ts'
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
import { type Chart, COLOUR, type Size } from './svg.ts'

const FRAME = { left: FRAME_LEFT_PX, right: FRAME_RIGHT_PX, top: 46, bottom: 46 }

/** Acknowledgement p99 of each second, with the service level. */
export function rehearsalLatency(rehearsal: ScoredRehearsal, limitMs: number, id: string, size: Size): Chart {
  return overlaid(rehearsal, 'ackP99Ms', id, size, {
    name: 'ack p99, ms',
    limit: { value: limitMs, text: `service level ${formatMs(limitMs)}` },
    unit: 'ms',
  })
}

/** Records waiting for central at the end of each second, summed over the PoPs. */
export function rehearsalBacklog(rehearsal: ScoredRehearsal, id: string, size: Size): Chart {
  return overlaid(rehearsal, 'backlog', id, size, { name: 'queue depth, messages', unit: 'messages' })
}

function overlaid(
  { measured, twin }: ScoredRehearsal,
  quantity: 'ackP99Ms' | 'backlog',
  id: string,
  size: Size,
  what: { name: string; unit: 'ms' | 'messages'; limit?: { value: number; text: string } },
): Chart {
  const width = size.width - FRAME.left - FRAME.right
  const span = wholeSpan(measured.series.tS, twin.series.tS)
  const both = [...measured.series[quantity], ...twin.series[quantity]]
  const { limit } = what
  return {
    id,
    size,
    alt:
      `${what.name} over ${span.endS} s of rehearsal: ` +
      `measured peak ${formatValue(highest(measured.series[quantity]), what.unit)}, ` +
      `twin peak ${formatValue(highest(twin.series[quantity]), what.unit)}` +
      `${limit ? `, ${limit.text}` : ''}${measured.outages.length > 0 ? '; the outage is shaded' : ''}.`,
    option: {
      grid: { ...FRAME, outerBoundsMode: 'none' },
      xAxis: timeAxis(span, width, String, {
        gridIndex: 0,
        labelled: true,
        labelPx: 56,
        name: 'seconds after the rehearsal began',
      }),
      yAxis: quantityAxis(what.name, both, {
        gridIndex: 0,
        nameGap: ABOVE_OUTAGE_NAMES_PX,
        mayBeLog: quantity === 'ackP99Ms',
        ...(limit && { mustShow: limit.value }),
      }),
      series: [
        {
          ...timeLine(measured.series.tS, measured.series[quantity], width, { colour: COLOUR.measured }),
          markArea: outageShade(measured.outages, span, { left: FRAME.left, width }, true),
          ...(limit && { markLine: limitLine(limit.value, limit.text) }),
        },
        timeLine(twin.series.tS, twin.series[quantity], width, { colour: COLOUR.twin, dashed: true }),
      ],
    },
  }
}

function wholeSpan(...times: number[][]): Span {
  return { startS: 0, endS: Math.max(1, ...times.map((tS) => (tS.at(-1) ?? 0) + 1)) }
}

/** The highest value measured; null where nothing was. */
export function highest(values: readonly (number | null)[]): number | null {
  return values.reduce(
    (best, value) => (value !== null && (best === null || value > best) ? value : best),
    null,
  )
}
