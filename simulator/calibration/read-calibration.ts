// A calibration from a file, as `micropop calibrate --out` writes it: checked before the twin believes it.
import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { InvalidInput } from '../../runtime/errors.ts'
import { CALIBRATION_VERSION, type Calibration } from './calibration.ts'
import { QUANTILE_POINTS } from './quantile-table.ts'

const BYTES_MAX = 1_000_000

const positive = z.number().min(0)
const quantiles = z
  .array(positive)
  .min(2)
  .max(QUANTILE_POINTS)
  .refine((table) => table.every((value, i) => i === 0 || value >= (table[i - 1] as number)), {
    message: 'quantiles must not fall',
  })

const machine = z.strictObject({
  cpu: z.string(),
  cores: positive,
  memoryBytes: positive,
  system: z.string(),
  node: z.string(),
  coremarkPerCoreS: z.number().positive().optional(),
})

const source = z.strictObject({
  event: z.string(),
  outage: z.string().nullable(),
  seed: z.number(),
  sessions: positive,
  durationS: positive,
  date: z.string(),
  commit: z.string().nullable(),
})

const schema: z.ZodType<Calibration> = z.strictObject({
  version: z.literal(CALIBRATION_VERSION),
  machine,
  from: z.array(source).min(1).max(1_000),
  ackServiceMs: quantiles,
  deliveryServiceMs: quantiles,
  fanOutMs: positive.optional(),
  pageServiceMs: quantiles,
  applyMs: quantiles,
  fsyncMs: quantiles.optional(),
  reconnectMs: z.array(positive),
  popStartMs: z.array(positive).optional(),
  cpu: z.strictObject({
    idleMsPerMinute: positive,
    joinMs: positive,
    publishMs: positive,
    deliveryMs: positive,
    pageMs: positive,
  }),
  uplinkBytesPerRecord: positive,
  pageBytes: z.strictObject({ html: positive, images: positive }),
  range: z.strictObject({
    sessions: positive,
    publishesPerS: positive,
    deliveriesPerS: positive,
    backlog: positive,
  }),
  samples: z.strictObject({ ack: positive, delivery: positive, page: positive, apply: positive }),
})

/** Error: MP_CALIBRATION_INVALID, with what is wrong and where. */
export function readCalibration(file: string): Calibration {
  let value: unknown
  try {
    if (statSync(file).size > BYTES_MAX) throw new Error(`is larger than ${BYTES_MAX} bytes`)
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw invalid(file, (error as Error).message)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalid(file, `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`)
}

function invalid(file: string, message: string): InvalidInput {
  return new InvalidInput(
    'MP_CALIBRATION_INVALID',
    message,
    'Make it anew with `micropop calibrate RUN --out FILE`, of this version.',
    { file },
  )
}
