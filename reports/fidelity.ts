// How far the twin was off: each figure measured, each figure predicted, and whether there were samples enough.
import type { Figure, FigureId, RunResult } from '../simulator/run-result.ts'
import { formatCount, formatPercent, formatValue } from './format.ts'

export interface FidelityRow {
  id: FigureId
  label: string
  measured: string
  /** 95 % confidence interval of the measured value, as `intervalText` has it. */
  interval: string
  twin: string
  /** Twin minus measured, over measured: `+12 %`; `–` where one of them is missing or measured is zero. */
  error: string
  /** Twin minus measured: `+3.1 ms`; `–` where one of them is missing. */
  difference: string
  /** `measured / twin`. */
  samples: string
  /** What keeps the row from being taken at its word; empty where nothing does. */
  note: string
}

/** Observations that must lie beyond a quantile before it says more than the single worst ones. */
const BEYOND_QUANTILE_MIN = 10
const QUANTILE_OF_ID = /-p(\d+)$/

/** One row a figure that either run has, in the order of the measured run. */
export function fidelityRows(measured: RunResult, twin: RunResult): FidelityRow[] {
  const ofMeasured = byId(measured.figures)
  const ofTwin = byId(twin.figures)
  return [...new Map([...ofMeasured, ...ofTwin]).values()].map(({ id, label, unit }) => {
    const live = ofMeasured.get(id) ?? null
    const model = ofTwin.get(id) ?? null
    return {
      id,
      label,
      measured: formatValue(live?.value ?? null, unit),
      twin: formatValue(model?.value ?? null, unit),
      interval: intervalText(live),
      ...errorOf(live?.value ?? null, model?.value ?? null, unit),
      samples: `${formatCount(live?.samples ?? 0)} / ${formatCount(model?.samples ?? 0)}`,
      note: note(id, live, model),
    }
  })
}

function errorOf(measured: number | null, twin: number | null, unit: Figure['unit']) {
  if (measured === null || twin === null) return { error: '–', difference: '–' }
  const off = twin - measured
  const difference = `${off > 0 ? '+' : ''}${formatValue(off, unit)}`
  return { error: measured === 0 ? (off === 0 ? '0 %' : '–') : formatPercent(off / measured), difference }
}

/** In place of an interval that the samples of a quantile do not bound. */
export const TOO_FEW_SAMPLES = 'too few samples'

/** A quantile with a value and no interval: its samples do not bound it, so it proves nothing. */
export function isUnbounded({ id, value, interval }: Figure): boolean {
  return QUANTILE_OF_ID.test(id) && value !== null && interval === null
}

/**
 * `79.2 to 91.0 ms`; the unit once where it is one. Empty where there is nothing to estimate: figures that are
 * counted, and those that were not measured.
 */
export function intervalText(figure: Figure | null): string {
  if (figure && isUnbounded(figure)) return TOO_FEW_SAMPLES
  if (!figure?.interval) return ''
  const low = formatValue(figure.interval.low, figure.unit)
  const high = formatValue(figure.interval.high, figure.unit)
  const [, number, unit] = /^(\S+) (\S+)$/.exec(low) ?? []
  return `${unit !== undefined && high.endsWith(` ${unit}`) ? number : low} to ${high}`
}

function note(id: FigureId, measured: Figure | null, twin: Figure | null): string {
  if (measured?.value == null || twin?.value == null) return 'cannot be compared'
  const quantile = QUANTILE_OF_ID.exec(id)?.[1]
  if (quantile === undefined) return 'one observation'
  const needed = Math.round(BEYOND_QUANTILE_MIN / (1 - Number(quantile) / 100))
  const fewest = Math.min(measured.samples, twin.samples)
  return fewest < needed ? `few samples: a p${quantile} wants ${formatCount(needed)}` : ''
}

function byId(figures: readonly Figure[]): Map<FigureId, Figure> {
  return new Map(figures.map((figure) => [figure.id, figure]))
}
