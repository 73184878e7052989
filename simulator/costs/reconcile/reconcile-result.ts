// A bill held against a forecast, as renderers read it. Money is bigint pico-dollars.

/** Why a bill is not as forecast. The parts of a line add up to its difference, exactly. */
export const REASONS = ['price', 'quantity', 'unforecast', 'missing', 'refund'] as const
export type Reason = (typeof REASONS)[number]

export interface VarianceLine {
  venue: string
  service: string
  /** A rate of the price book, or the bill's own word for a usage that it does not know. */
  what: string
  unit: string
  /** Exact decimals; null where one side has none, or the units differ. */
  quantity: { forecast: string | null; billed: string | null }
  /** How many are summed here: declared, and used. null: the bill names none, or too many to count. */
  resources: { forecast: number; billed: number | null }
  forecast: bigint
  billed: bigint
  parts: Record<Reason, bigint>
}

export interface Finding {
  kind:
    | 'charged-twice'
    | 'missing-tag'
    | 'refund'
    | 'price-change'
    | 'unforecast'
    | 'missing'
    | 'no-venue-tag'
    | 'unknown-region'
    | 'outside-window'
  venue: string
  what: string
  amount: bigint
  /** One sentence for a person. */
  says: string
}

export interface Reconciliation {
  event: string
  format: string
  files: string[]
  /** Of all files. */
  rows: number
  /** Of them, the event's within its window. */
  matchedRows: number
  /** What counts as the event's: from its set-up to the end of the tail. */
  window: { startMs: number; endMs: number }
  /** USD for one of another currency, as given. */
  rates: Record<string, string>
  forecastFrom: string
  lines: VarianceLine[]
  forecast: bigint
  billed: bigint
  parts: Record<Reason, bigint>
  findings: Finding[]
  /** On the bill and in no comparison: a forecast is before both. */
  credits: bigint
  taxes: bigint
  /** Forecast, and never on a cloud's bill: what venues are paid. */
  rents: bigint
  untagged: { account: string; service: string; what: string; rows: number; amount: bigint }[]
  /** What the bill must lie in: `rents` are part of an interval. */
  limits: { from: 'interval' | 'tolerance'; low: bigint; high: bigint }
  outcome: 'within' | 'outside' | 'nothing'
}
