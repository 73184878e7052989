// Forecasts that were kept, and bills held against them: one JSON file each, in the folder of a ledger.

export const LEDGER_VERSION = 1

/** Dollars as an exact decimal, e.g. `102.5`: JSON's numbers would round them. */
export type UsdText = string

export interface LedgerLine {
  venue: string
  urn: string
  /** Pulumi type. */
  type: string
  description: string
  /** As the price book writes it; `venue` for what the event file states. */
  service: string
  /** null: the event file states the rate. */
  rateId: string | null
  region: string
  window: { startMs: number; endMs: number }
  /** Expected, an exact decimal. */
  quantity: string
  unit: string
  rateUsd: UsdText
  list: UsdText
  discount: UsdText
  /** `list` less `discount`, before tax. */
  amount: UsdText
}

/** A forecast as it was when it was kept. */
export interface LedgerEntry {
  version: typeof LEDGER_VERSION
  kind: 'approved' | 'recorded'
  event: string
  title: string
  /** ISO 8601, UTC. */
  createdAt: string
  /** Who approved it; null: nobody said. */
  by: string | null
  /** Of the code that made it; null: not known. */
  commit: string | null
  /** SHA-256 of the event file, hexadecimal. */
  eventHash: string
  /** `YYYY-MM-DD`. */
  priceBookDate: string
  region: string
  window: { startMs: number; endMs: number }
  currency: 'USD'
  attendees: number
  /** Of the event as planned, before tax: the sum of the lines. */
  expected: UsdText
  /** Value-added tax on what is paid, as a share; null: the event states none. */
  vat: number | null
  budget: UsdText | null
  /** Of the total before tax. */
  quantiles: { p10: UsdText; p50: UsdText; p90: UsdText; p99: UsdText }
  /** Possible bills that the quantiles are of, from the seed on; by formulas or by the twin. */
  draws: { runs: number; seed: number; through: 'surrogate' | 'twin' }
  lines: LedgerLine[]
  /** What has no known price, and is in no sum. */
  unpriced: { venue: string; urn: string; description: string; why: string }[]
  /** SHA-256 of the canonical JSON (RFC 8785) of all of the above, hexadecimal. */
  hash: string
}

/** A bill held against a forecast of the ledger. Its sums say what is in them: `billed` is before tax. */
export interface LedgerScore {
  version: typeof LEDGER_VERSION
  kind: 'score'
  event: string
  /** ISO 8601, UTC. */
  createdAt: string
  /** `hash` of the entry. */
  entry: string
  /** What of the bill is the event's, before tax. */
  billed: UsdText
  /** SHA-256 of the bill, hexadecimal. */
  billHash: string
  hash: string
}

/** How often bills fell where forecasts said, by the last score of each event. */
export interface Coverage {
  /** Events that were scored. */
  scored: number
  /** In P10 to P90: eight of ten should be. */
  inside: number
  /** At or below P99: all but one of a hundred should be. */
  underP99: number
  /** Wilson's interval at 95 % of the share inside. */
  low: number
  high: number
  /** Against four in five: `unknown` without a score, `as-said` where the interval reaches over it. */
  outcome: 'as-said' | 'too-narrow' | 'too-wide' | 'unknown'
}
