// What happened in a run, sample by sample, and the series and figures that follow. The twin and the live run
// both record here, so that a figure means the same on both sides.
import { quantileIntervals } from './interval.ts'
import type { Figure, FigureId, OutageWindow, Series } from './run-result.ts'

export type LatencyKind = 'ack' | 'delivery' | 'page' | 'sync'

/** Latency samples of one kind: intended start, latency, and how many alike (a batch of deliveries). */
class Samples {
  readonly atMs: number[] = []
  readonly latencyMs: number[] = []
  readonly weight: number[] = []

  add(atMs: number, latencyMs: number, weight: number): void {
    this.atMs.push(atMs)
    this.latencyMs.push(latencyMs)
    this.weight.push(weight)
  }

  get count(): number {
    return this.weight.reduce((sum, weight) => sum + weight, 0)
  }

  /** Each quantile of `ps` with its interval. */
  estimates(ps: readonly number[]): { value: number | null; interval: Figure['interval'] }[] {
    const values = weightedQuantiles(this.latencyMs, this.weight, ps)
    const intervals = quantileIntervals(this.atMs, this.latencyMs, this.weight, ps)
    return ps.map((_, i) => {
      const value = values[i] ?? null
      const found = intervals[i] ?? null
      // The interval's bins are 1 % wide: it must not leave out the value itself.
      const interval =
        value === null || found === null
          ? null
          : { low: Math.min(found.low, value), high: Math.max(found.high, value) }
      return { value, interval }
    })
  }
}

export class Recording {
  readonly #durationS: number
  readonly #samples: Record<LatencyKind, Samples> = {
    ack: new Samples(),
    delivery: new Samples(),
    page: new Samples(),
    sync: new Samples(),
  }
  readonly #backlog: (number | null)[]
  readonly #uplinkBytes: (number | null)[]
  readonly #sessions: (number | null)[]

  constructor(durationS: number) {
    this.#durationS = Math.ceil(durationS)
    this.#backlog = new Array(this.#durationS).fill(null)
    this.#uplinkBytes = new Array(this.#durationS).fill(null)
    this.#sessions = new Array(this.#durationS).fill(null)
  }

  /** `atMs`: intended start after the run's start, so that a late generator cannot hide a wait. */
  latency(kind: LatencyKind, atMs: number, latencyMs: number, weight = 1): void {
    this.#samples[kind].add(atMs, latencyMs, weight)
  }

  /** State at the end of second `s`; `uplinkBytes` is what went up during it. Seconds past the window are dropped. */
  second(s: number, state: { backlog: number; uplinkBytes: number; sessions: number }): void {
    if (s < 0 || s >= this.#durationS) return
    this.#backlog[s] = state.backlog
    this.#uplinkBytes[s] = state.uplinkBytes
    this.#sessions[s] = state.sessions
  }

  series(): Series {
    const [ackP50Ms, ackP99Ms] = this.#perSecond('ack', [0.5, 0.99])
    const [deliveryP99Ms] = this.#perSecond('delivery', [0.99])
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
      label: string,
      unit: Figure['unit'],
      value: number | null,
      samples: number,
      interval: Figure['interval'] = null,
    ): Figure => ({ id, label, unit, value, interval, samples })
    const latencies = (
      [
        ['ack', 'Acknowledged', [0.5, 0.95, 0.99]],
        ['delivery', 'Delivered', [0.5, 0.95, 0.99]],
        ['page', 'Page loaded', [0.5, 0.95]],
        ['sync', 'At central', [0.99]],
      ] satisfies [LatencyKind, string, number[]][]
    ).flatMap(([kind, label, ps]) => {
      const estimates = this.#samples[kind].estimates(ps)
      const { count } = this.#samples[kind]
      return ps.map((p, i) => {
        const name = `p${Math.round(p * 100)}`
        const { value, interval } = estimates[i] as (typeof estimates)[number]
        return figure(`${kind}-${name}` as FigureId, `${label}, ${name}`, 'ms', value, count, interval)
      })
    })
    const backlog = known(series.backlog)
    const bytes = known(series.uplinkBytes)
    const recoveries = together(outages).map((outage) => recoveryS(series, outage, ackLimitMs))
    const recovery = recoveries.some((r) => r === null) ? null : Math.max(...(recoveries as number[]))
    return [
      ...latencies,
      figure('recovery', 'Recovery', 's', recoveries.length === 0 ? null : recovery, recoveries.length),
      figure(
        'backlog-peak',
        'Backlog, peak',
        'messages',
        backlog.length === 0 ? null : backlog.reduce((a, b) => Math.max(a, b), 0),
        backlog.length,
      ),
      figure(
        'uplink-bytes',
        'Uplink bytes',
        'bytes',
        bytes.length === 0 ? null : bytes.reduce((a, b) => a + b, 0),
        bytes.length,
      ),
    ]
  }

  #perSecond(kind: LatencyKind, ps: readonly number[]): (number | null)[][] {
    const { atMs, latencyMs, weight } = this.#samples[kind]
    const bins: number[][] = Array.from({ length: this.#durationS }, () => [])
    for (const [i, at] of atMs.entries()) bins[Math.floor(at / 1000)]?.push(i)
    const perBin = bins.map((bin) =>
      weightedQuantiles(
        bin.map((i) => latencyMs[i] as number),
        bin.map((i) => weight[i] as number),
        ps,
      ),
    )
    return ps.map((_, p) => perBin.map((quantiles) => quantiles[p] ?? null))
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

/** Smallest value at or below which a share `p` of the weight lies, for each of `ps`; null without values. */
export function weightedQuantiles(
  values: readonly number[],
  weights: readonly number[],
  ps: readonly number[],
): (number | null)[] {
  if (values.length === 0) return ps.map(() => null)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total === values.length) {
    const ascending = Float64Array.from(values).sort()
    return ps.map((p) => ascending[Math.max(0, Math.ceil(p * total) - 1)] as number)
  }
  const order = Uint32Array.from(values, (_, i) => i).sort(
    (a, b) => (values[a] as number) - (values[b] as number),
  )
  return ps.map((p) => {
    let below = 0
    for (const i of order) {
      below += weights[i] as number
      if (below >= p * total) return values[i] as number
    }
    return values[order.at(-1) as number] as number
  })
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null)
}
