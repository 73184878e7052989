// Measured usage from a file: a list of usage records, or the result of a run that has one.
import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { InvalidInput } from '../../../runtime/errors.ts'
import type { Usage } from '../../usage.ts'

const BYTES_MAX = 50_000_000
const RECORDS_MAX = 100_000

const usage: z.ZodType<Usage> = z.object({
  urn: z.string(),
  meter: z.string(),
  quantity: z.number().min(0),
  unit: z.string(),
  window: z
    .object({ startMs: z.number().int(), endMs: z.number().int() })
    .refine(({ startMs, endMs }) => startMs < endMs, { message: 'ends before it starts' }),
  source: z.enum(['twin', 'surrogate', 'measured', 'stated']),
})
const records = z.array(usage).min(1).max(RECORDS_MAX)
const run = z.object({
  usage: records,
  attendees: z.number().positive(),
  sessions: z.number().positive(),
})

export interface MeasuredUsage {
  usages: Usage[]
  /** Share of the attendees that took part: below 1 where a rehearsal was thinned. */
  share: number
}

/** Error: MP_USAGE_INVALID. */
export function readMeasuredUsage(file: string): MeasuredUsage {
  let value: unknown
  try {
    if (statSync(file).size > BYTES_MAX) throw new Error(`is larger than ${BYTES_MAX} bytes`)
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw invalidUsage(file, (error as Error).message)
  }
  const parsed = Array.isArray(value)
    ? records.transform((usages) => ({ usages, share: 1 })).safeParse(value)
    : run
        .transform((of) => ({ usages: of.usage, share: of.sessions / of.attendees }))
        .safeParse((value as { result?: unknown } | null)?.result ?? value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalidUsage(file, `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`)
}

export function invalidUsage(file: string, message: string): InvalidInput {
  return new InvalidInput(
    'MP_USAGE_INVALID',
    message,
    'Give the JSON of a run (`micropop rehearse EVENT --format json`), or a list of usage records of this event.',
    { file },
  )
}
