// What happened in a run, as histograms and one row a second, and the series and figures that follow. The twin and the live run
// both record here, so that a figure means the same on both sides.
import { FIGURES } from './figure-labels.ts'
import { blockS, quantileIntervals } from './interval.ts'
import { BINS, type Binned, binnedOf, binOf, LatencyHistogram, quantilesAt } from './latency-bins.ts'
import { LatencyRows } from './latency-rows.ts'
import type { Figure, FigureId, OutageWindow, Series } from './run-result.ts'

export type LatencyKind = 'ack' | 'delivery' | 'page' | 'sync'

/** Latencies of one kind: all together, and by row of time. */
class Latencies {
  readonly all = new LatencyHistogram()
  readonly #rowS: number
  readonly #rows: number
  readonly #blockS: number
  readonly #byRow: LatencyRows

  /** `rowS`: whole seconds in a row of time; blocks of the bootstrap are made of rows. */
  constructor(durationS: number, rowS: number) {
    this.#rowS = rowS
    this.#rows = Math.ceil(durationS / rowS)
    this.#blockS = blockS(durationS)
    // One row more, for what lies outside the window.
    this.#byRow = new LatencyRows(this.#rows + 1)
  }

  add(atMs: number, latencyMs: number, weight: number): void {
    const bin = binOf(latencyMs)
    const row = Math.floor(atMs / (1000 * this.#rowS))
    this.all.add(bin, latencyMs, weight)
    this.#byRow.add(row >= 0 && row < this.#rows ? row : this.#rows, bin, weight)
  }

  /** For each of `ps`, ascending, its value in each row; null where the row has no sample. */
  perRow(ps: readonly number[]): (number | null)[][] {
    const values = ps.map(() => new Array<number | null>(this.#rows).fill(null))
    this.#byRow.forEach((row, binned) => {
      if (row === this.#rows) return
      for (const [i, at] of quantilesAt(binned, ps).entries()) {
        if (at === null) continue
        ;(values[i] as (number | null)[])[row] = this.all.valueOf(binned.bins[at.index] as number)
      }
    })
    return values
  }

  /** Each quantile of `ps`, ascending, with its interval. */
  estimates(ps: readonly number[]): { value: number | null; interval: Figure['interval'] }[] {
    const values = this.all.quantiles(ps)
    const intervals = quantileIntervals(this.#blocks(), this.all.samples, ps)
    return ps.map((_, i) => {
      const value = values[i] ?? null
      const found = intervals[i] ?? null
      // Its ends are middles of bins: it must not leave out the value itself.
      const interval =
        value === null || found === null
          ? null
          : { low: Math.min(found.low, value), high: Math.max(found.high, value) }
      return { value, interval }
    })
  }

  #blocks(): Binned[] {
    const blocks: Binned[] = []
    const weights = new Float64Array(BINS)
    let current = -1
    const end = () => {
      const binned = binnedOf(weights)
      if (binned.bins.length > 0) blocks.push(binned)
      weights.fill(0)
    }
    this.#byRow.forEach((row, binned) => {
      const block = Math.floor((row * this.#rowS) / this.#blockS)
      if (block !== current) end()
      current = block
      for (let i = 0; i < binned.bins.length; i++) {
        const bin = binned.bins[i] as number
        weights[bin] = (weights[bin] as number) + (binned.weights[i] as number)
      }
    })
    end()
    return blocks
  }
}

/** Latencies are kept in bins 1 % wide: a quantile of a second is within half a percent, one of the run closer. */
export class Recording {
  readonly #durationS: number
  readonly #latencies: Record<LatencyKind, Latencies>
  readonly #backlog: (number | null)[]
  readonly #uplinkBytes: (number | null)[]
  readonly #sessions: (number | null)[]

  constructor(durationS: number) {
    this.#durationS = Math.ceil(durationS)
    const [second, block] = [1, blockS(this.#durationS)]
    this.#latencies = {
      ack: new Latencies(this.#durationS, second),
      delivery: new Latencies(this.#durationS, second),
      page: new Latencies(this.#durationS, block),
      sync: new Latencies(this.#durationS, block),
    }
    this.#backlog = new Array(this.#durationS).fill(null)
    this.#uplinkBytes = new Array(this.#durationS).fill(null)
    this.#sessions = new Array(this.#durationS).fill(null)
  }

  /**
   * `atMs`: intended start after the run's start, so that a late generator cannot hide a wait. `weight`: how many alike
   * (a batch of deliveries), a whole number.
   */
  latency(kind: LatencyKind, atMs: number, latencyMs: number, weight = 1): void {
    this.#latencies[kind].add(atMs, latencyMs, weight)
  }

  /** State at the end of second `s`; `uplinkBytes` is what went up during it. Seconds past the window are dropped. */
  second(s: number, state: { backlog: number; uplinkBytes: number; sessions: number }): void {
    if (s < 0 || s >= this.#durationS) return
    this.#backlog[s] = state.backlog
    this.#uplinkBytes[s] = state.uplinkBytes
    this.#sessions[s] = state.sessions
  }

  series(): Series {
    const [ackP50Ms, ackP99Ms] = this.#latencies.ack.perRow([0.5, 0.99])
    const [deliveryP99Ms] = this.#latencies.delivery.perRow([0.99])
    return {
      tS: Array.from({ length: this.#durationS }, (_, s) => s),
      ackP50Ms: ackP50Ms as (number | null)[],
      ackP99Ms: ackP99Ms as (number | null)[],
      deliveryP99Ms: deliveryP99Ms as (number | null)[],
      backlog: this.#backlog,
      uplinkBytes: this.#uplinkBytes,
      sessions: this.#sessions,
    }
  }

  /** `ackLimitMs`: the service level that recovery is measured against. */
  figures(series: Series, outages: readonly OutageWindow[], ackLimitMs: number): Figure[] {
    const figure = (
      id: FigureId,
      value: number | null,
      samples: number,
      interval: Figure['interval'] = null,
    ): Figure => ({ id, ...FIGURES[id], value, interval, samples })
    const latencies = (
      [
        ['ack', [0.5, 0.95, 0.99]],
        ['delivery', [0.5, 0.95, 0.99]],
        ['page', [0.5, 0.95]],
        ['sync', [0.99]],
      ] satisfies [LatencyKind, number[]][]
    ).flatMap(([kind, ps]) => {
      const estimates = this.#latencies[kind].estimates(ps)
      const count = this.#latencies[kind].all.weight
      return ps.map((p, i) => {
        const { value, interval } = estimates[i] as (typeof estimates)[number]
        return figure(`${kind}-p${Math.round(p * 100)}` as FigureId, value, count, interval)
      })
    })
    const backlog = known(series.backlog)
    const bytes = known(series.uplinkBytes)
    const recoveries = together(outages).map((outage) => recoveryS(series, outage, ackLimitMs))
    const recovery = recoveries.some((r) => r === null) ? null : Math.max(...(recoveries as number[]))
    return [
      ...latencies,
      figure('recovery', recoveries.length === 0 ? null : recovery, recoveries.length),
      figure(
        'backlog-peak',
        backlog.length === 0 ? null : backlog.reduce((a, b) => Math.max(a, b), 0),
        backlog.length,
      ),
      figure('uplink-bytes', bytes.length === 0 ? null : bytes.reduce((a, b) => a + b, 0), bytes.length),
    ]
  }
}

interface Cut {
  startS: number
  endS: number
}

/** Outages that overlap as one: nothing has recovered while another link is still cut. */
function together(outages: readonly Cut[]): Cut[] {
  const merged: Cut[] = []
  for (const { startS, endS } of outages.toSorted((a, b) => a.startS - b.startS)) {
    const last = merged.at(-1)
    if (last && startS <= last.endS) last.endS = Math.max(last.endS, endS)
    else merged.push({ startS, endS })
  }
  return merged
}

/** Recovered is only said after this many good seconds. */
export const RECOVERED_HOLD_S = 10
/** Seconds before a cut whose backlog is what "recovered" is compared with. */
const STEADY_S = 10

/**
 * Seconds from the link's return until the backlog is back to what it was before the cut and ack p99 stays within
 * `limitMs` for 10 s from then on; null where the run ended before that could be seen. Under load a backlog is never
 * zero for long: some messages are always on their way, so the largest of the 10 s before the cut stands for none.
 * Seconds without a sample count as within.
 */
export function recoveryS(series: Series, { startS, endS }: Cut, limitMs: number): number | null {
  const cut = Math.floor(startS)
  const steady = Math.max(0, ...known(series.backlog.slice(Math.max(0, cut - STEADY_S), cut)))
  for (let s = Math.ceil(endS); s + RECOVERED_HOLD_S <= series.tS.length; s++) {
    const backlog = series.backlog[s]
    if (backlog === null || backlog === undefined || backlog > steady) continue
    const held = series.ackP99Ms.slice(s, s + RECOVERED_HOLD_S).every((p99) => p99 === null || p99 <= limitMs)
    // What is known of second `s` is its state at the end.
    if (held) return s + 1 - endS
  }
  return null
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null)
}
