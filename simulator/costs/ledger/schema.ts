// The format of the files of a ledger: read from disk, where anybody may have written.
import { z } from 'zod'
import { LEDGER_VERSION, type LedgerEntry, type LedgerScore } from './ledger-result.ts'

const LINES_MAX = 100_000
const TEXT_MAX = 2_000

const text = z.string().max(TEXT_MAX)
const decimalOf = z.string().regex(/^-?\d{1,30}(\.\d{1,24})?$/, 'is not an exact decimal')
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256')
const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'is not an instant in UTC')
const count = z.number().int().min(0)
const window = z.strictObject({ startMs: z.number().int(), endMs: z.number().int() })

const line = z.strictObject({
  venue: text,
  urn: text,
  type: text,
  description: text,
  service: text,
  rateId: text.nullable(),
  region: text,
  window,
  quantity: decimalOf,
  unit: text,
  rateUsd: decimalOf,
  list: decimalOf,
  discount: decimalOf,
  amount: decimalOf,
})

const entry: z.ZodType<LedgerEntry> = z.strictObject({
  version: z.literal(LEDGER_VERSION),
  kind: z.enum(['approved', 'recorded']),
  event: text,
  title: text,
  createdAt: instant,
  by: text.nullable(),
  commit: text.nullable(),
  eventHash: digest,
  priceBookDate: z.string().regex(/^\d{4}-\d\d-\d\d$/),
  region: text,
  window,
  currency: z.literal('USD'),
  attendees: count,
  expected: decimalOf,
  vat: z.number().min(0).max(1).nullable(),
  budget: decimalOf.nullable(),
  quantiles: z.strictObject({ p10: decimalOf, p50: decimalOf, p90: decimalOf, p99: decimalOf }),
  draws: z.strictObject({ runs: count, seed: count, through: z.enum(['surrogate', 'twin']) }),
  lines: z.array(line).max(LINES_MAX),
  unpriced: z.array(z.strictObject({ venue: text, urn: text, description: text, why: text })).max(LINES_MAX),
  hash: digest,
})

const score: z.ZodType<LedgerScore> = z.strictObject({
  version: z.literal(LEDGER_VERSION),
  kind: z.literal('score'),
  event: text,
  createdAt: instant,
  entry: digest,
  billed: decimalOf,
  billHash: digest,
  hash: digest,
})

export const ledgerFile = z.union([entry, score])
