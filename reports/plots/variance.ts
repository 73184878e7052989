// From the forecast to the bill: a waterfall of why they differ, over what the bill should have been within.
import type { CustomSeriesOption } from 'echarts'
import type { Reason, Reconciliation } from '../../simulator/costs/reconcile/reconcile-result.ts'
import { formatUsd, formatUsdChange, plottedUsd } from '../format.ts'
import { categoryAxis } from './cost.ts'
import { type Chart, COLOUR, FONT_PX, labelWidth } from './svg.ts'

const ROW_PX = 30
const NARROW_ROW_PX = 40
const BAR_PX = 14
const TOP_PX = 8
const BELOW_PX = 24
/** Below this width names stand above their bars instead of to the left of them. */
const NARROW_PX = 600
const NAMES_PX = 96
const LABEL_GAP_PX = 6
/** Of an amount over other text of as many letters: figures and signs are wider. */
const AMOUNT_WIDER = 1.15
/** An interval of a cent is seen too. */
const BAND_MIN_PX = 3
const AXIS_STEPS = 4

interface Step {
  label: string
  /** Where it begins and ends, in dollars; a total begins at nothing. */
  from: number
  to: number
  total: boolean
  text: string
}

/** The forecast, a step for each reason that there is, and the bill. */
export function varianceSteps({
  forecast,
  billed,
  parts,
}: Pick<Reconciliation, 'forecast' | 'billed' | 'parts'>): Step[] {
  const total = (label: string, amount: bigint): Step => ({
    ...{ label, from: 0, to: plottedUsd(amount), total: true, text: formatUsd(amount) },
  })
  let at = forecast
  const steps = (Object.entries(parts) as [Reason, bigint][]).map(([label, amount]): Step => {
    const from = plottedUsd(at)
    at += amount
    return { label, from, to: plottedUsd(at), total: false, text: formatUsdChange(amount) }
  })
  return [total('forecast', forecast), ...steps, total('billed', billed)]
}

/** `limits` are what the bill alone must lie in. */
export function variancePlot(
  result: Pick<Reconciliation, 'forecast' | 'billed' | 'parts'>,
  limits: { low: bigint; high: bigint },
  id: string,
  width: number,
): Chart {
  const narrow = width < NARROW_PX
  const steps = varianceSteps(result)
  const rowPx = narrow ? NARROW_ROW_PX : ROW_PX
  const [low, high] = [plottedUsd(limits.low), plottedUsd(limits.high)]
  const ends = [0, low, high, ...steps.flatMap(({ from, to }) => [from, to])]
  const room = Math.max(...steps.map(({ text }) => labelWidth(text))) * AMOUNT_WIDER + LABEL_GAP_PX
  const axis = categoryAxis(
    0,
    steps.map(({ label }) => label),
    narrow,
    narrow ? width : NAMES_PX,
  )
  return {
    id,
    size: { width, height: TOP_PX + steps.length * rowPx + BELOW_PX },
    alt:
      `From a forecast of ${formatUsd(result.forecast)} to a bill of ${formatUsd(result.billed)}: ` +
      `${steps
        .filter(({ total }) => !total)
        .map(({ label, text }) => `${label} ${text}`)
        .join(', ')}. ` +
      `The bill should have been between ${formatUsd(limits.low)} and ${formatUsd(limits.high)}.`,
    option: {
      grid: {
        left: narrow ? 2 : NAMES_PX,
        right: Math.ceil(room),
        top: TOP_PX,
        bottom: BELOW_PX,
        outerBoundsMode: 'none',
      },
      xAxis: {
        type: 'value',
        min: Math.min(...ends),
        max: Math.max(...ends),
        splitNumber: AXIS_STEPS,
        splitLine: { lineStyle: { color: COLOUR.grid }, showMaxLine: false },
        axisLabel: {
          ...{ color: COLOUR.muted, fontSize: FONT_PX, hideOverlap: true },
          ...{ showMinLabel: false, showMaxLabel: false },
          formatter: (dollars: number) => formatUsd(BigInt(Math.round(dollars * 100)) * 10n ** 10n),
        },
      },
      yAxis: { ...axis, axisLine: { show: false } },
      series: [
        {
          type: 'custom',
          data: steps.map(({ to }, row) => [to, row]),
          renderItem: waterfall(steps, { low, high }, rowPx),
        },
      ],
    },
  }
}

/** What the bill should lie in; on it a bar a row, what it says beside it, and a thin line to where the next begins. */
function waterfall(
  steps: readonly Step[],
  { low, high }: { low: number; high: number },
  rowPx: number,
): CustomSeriesOption['renderItem'] {
  return ({ dataIndex }, api) => {
    const { from, to, total, text } = steps[dataIndex] as Step
    const [fromX = 0, y = 0] = api.coord([from, dataIndex])
    const [toX = 0] = api.coord([to, dataIndex])
    const [lowX = 0] = api.coord([low, dataIndex])
    const [highX = 0] = api.coord([high, dataIndex])
    const rect = (x: number, width: number, height: number, fill: string) => ({
      type: 'rect' as const,
      shape: { x, y: y - height / 2, width: Math.max(1, width), height },
      style: { fill },
    })
    const colour = total ? COLOUR.money : to > from ? COLOUR.twin : COLOUR.measured
    const step = {
      type: 'line' as const,
      shape: { x1: toX, y1: y + BAR_PX / 2, x2: toX, y2: y + rowPx - BAR_PX / 2 },
      style: { stroke: COLOUR.muted, lineWidth: 1 },
    }
    const said = {
      type: 'text' as const,
      style: {
        ...{ text, x: Math.max(fromX, toX) + LABEL_GAP_PX, y, fill: COLOUR.ink },
        ...{ fontSize: FONT_PX, fontFamily: 'inherit', align: 'left' as const },
        verticalAlign: 'middle' as const,
      },
    }
    return {
      type: 'group',
      children: [
        rect(lowX, Math.max(BAND_MIN_PX, highX - lowX), rowPx, COLOUR.outage),
        rect(Math.min(fromX, toX), Math.abs(toX - fromX), BAR_PX, colour),
        ...(dataIndex === steps.length - 1 ? [] : [step]),
        said,
      ],
    }
  }
}
