// How long a run took to be as it was before a cut: one definition for the twin and the live run.
import { BINS, type Binned, binnedOf, quantilesAt } from './latency-bins.ts'

/** Recovered is only said after this long within the service level. */
export const RECOVERED_HOLD_S = 10
/** The backlog is looked at this often: as the rehearsal asks a PoP for its queue. */
export const BACKLOG_LOOKS_PER_S = 4
/** Seconds before a cut whose backlog is what "recovered" is compared with. */
const STEADY_S = 10

export interface Cut {
  startS: number
  endS: number
}

/** What recovery is told from. */
export interface Recoverable {
  /** At the end of each look, `BACKLOG_LOOKS_PER_S` of them a second; null: nobody looked. */
  backlog: readonly (number | null)[]
  /** Acknowledgements by the second of their publish; null: none. */
  acks: readonly (Binned | null)[]
  /** ms that a bin stands for. */
  valueOfBin: (bin: number) => number
}

/**
 * Seconds from the link's return until the backlog is back to what it was before the cut and the ack p99 of all
 * publishes of the 10 s from then on, taken together, is within `limitMs`; null where the run ended before that could
 * be seen. Together, because a second of a rehearsal has a dozen publishes, whose p99 is the slowest one. Under load a
 * backlog is never zero for long: the largest of the 10 s before the cut stands for none.
 */
export function recoveryS(
  { backlog, acks, valueOfBin }: Recoverable,
  { startS, endS }: Cut,
  limitMs: number,
): number | null {
  const look = (atS: number) => Math.floor(atS * BACKLOG_LOOKS_PER_S)
  const before = backlog.slice(look(Math.max(0, startS - STEADY_S)), look(startS))
  const steady = before.reduce<number>((most, of) => Math.max(most, of ?? 0), 0)
  let told = { second: -1, held: false }
  for (let i = Math.ceil(endS * BACKLOG_LOOKS_PER_S); ; i++) {
    const second = Math.floor(i / BACKLOG_LOOKS_PER_S)
    if (second + RECOVERED_HOLD_S > acks.length) return null
    const waiting = backlog[i]
    if (waiting === null || waiting === undefined || waiting > steady) continue
    if (second !== told.second) {
      const p99 = pooledP99(acks.slice(second, second + RECOVERED_HOLD_S), valueOfBin)
      told = { second, held: p99 === null || p99 <= limitMs }
    }
    // What is known of a look is the state at its end.
    if (told.held) return (i + 1) / BACKLOG_LOOKS_PER_S - endS
  }
}

function pooledP99(rows: readonly (Binned | null)[], valueOfBin: (bin: number) => number): number | null {
  const weights = new Float64Array(BINS)
  for (const row of rows) {
    for (let i = 0; i < (row?.bins.length ?? 0); i++) {
      const bin = row?.bins[i] as number
      weights[bin] = (weights[bin] as number) + (row?.weights[i] as number)
    }
  }
  const pooled = binnedOf(weights)
  const [at] = quantilesAt(pooled, [0.99])
  return at ? valueOfBin(pooled.bins[at.index] as number) : null
}

/** Outages that overlap as one: nothing has recovered while another link is still cut. */
export function together(outages: readonly Cut[]): Cut[] {
  const merged: Cut[] = []
  for (const { startS, endS } of outages.toSorted((a, b) => a.startS - b.startS)) {
    const last = merged.at(-1)
    if (last && startS <= last.endS) last.endS = Math.max(last.endS, endS)
    else merged.push({ startS, endS })
  }
  return merged
}
