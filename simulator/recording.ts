// What happened in a run, as histograms and one row a second, and the series and figures that follow. The twin and the live run
// both record here, so that a figure means the same on both sides.
import { FIGURES } from './figure-labels.ts'
import { blockS, quantileIntervals } from './interval.ts'
import { BINS, type Binned, binnedOf, binOf, LatencyHistogram, quantilesAt } from './latency-bins.ts'
import { LatencyRows } from './latency-rows.ts'
import { BACKLOG_LOOKS_PER_S, recoveryS, together } from './recovery.ts'
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

  /** What each row of the window holds; null where it has no sample. */
  rows(): (Binned | null)[] {
    const rows = new Array<Binned | null>(this.#rows).fill(null)
    this.#byRow.forEach((row, { bins, weights }) => {
      if (row < this.#rows) rows[row] = { bins: Array.from(bins), weights: Array.from(weights) }
    })
    return rows
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
  /** The same at each look. */
  readonly #looks: (number | null)[]
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
    this.#looks = new Array(this.#durationS * BACKLOG_LOOKS_PER_S).fill(null)
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
    this.look((s + 1) * BACKLOG_LOOKS_PER_S - 1, state.backlog)
    this.#uplinkBytes[s] = state.uplinkBytes
    this.#sessions[s] = state.sessions
  }

  /** The backlog at the end of look `i` of the run. What nobody looks at between seconds is told to the second. */
  look(i: number, backlog: number): void {
    if (i >= 0 && i < this.#looks.length) this.#looks[i] = backlog
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
    const { ack } = this.#latencies
    const acks = outages.length === 0 ? [] : ack.rows()
    const recoverable = { backlog: this.#looks, acks, valueOfBin: (bin: number) => ack.all.valueOf(bin) }
    const recoveries = together(outages).map((outage) => recoveryS(recoverable, outage, ackLimitMs))
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

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null)
}
