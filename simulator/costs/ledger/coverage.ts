// How often bills fell where forecasts said they would.
import { exactBounds } from '../../monte-carlo/intervals.ts'
import { compare, decimal } from '../money.ts'
import type { Ledger } from './ledger.ts'
import type { Coverage } from './ledger-result.ts'

const ALPHA = 0.05
/** Of bills in P10 to P90. */
const PROMISED = 0.8

/** The last score of an event and window counts: an earlier one saw less of the bill. */
export function coverageOf({ entries, scores }: Pick<Ledger, 'entries' | 'scores'>): Coverage {
  const byHash = new Map(entries.map((entry) => [entry.hash, entry]))
  const last = new Map<string, { billed: string; entry: string }>()
  for (const { event, billed, entry } of scores) {
    const scored = byHash.get(entry)
    if (scored) last.set(`${event} ${scored.window.startMs}`, { billed, entry })
  }
  const placed = [...last.values()].map(({ billed, entry }) => {
    const { p10, p90, p99 } = (byHash.get(entry) as (typeof entries)[number]).quantiles
    const atMost = (limit: string) => compare(decimal(billed), decimal(limit)) <= 0
    return { inside: compare(decimal(billed), decimal(p10)) >= 0 && atMost(p90), underP99: atMost(p99) }
  })
  const inside = placed.filter((of) => of.inside).length
  const { low, high } = exactBounds(inside, placed.length, ALPHA)
  return {
    scored: placed.length,
    inside,
    underP99: placed.filter(({ underP99 }) => underP99).length,
    ...{ low, high },
    outcome: outcomeOf(placed.length, low, high),
  }
}

function outcomeOf(scored: number, low: number, high: number): Coverage['outcome'] {
  if (scored === 0) return 'unknown'
  if (high < PROMISED) return 'too-narrow'
  return low > PROMISED ? 'too-wide' : 'as-said'
}
