// Whether a batch continues what central has of a lane: the one rule behind exactly-once, shared with the twin.

/** `skip` records are applied already and `apply` follow them; or records are missing before the batch. */
export type Continuation = { skip: number; apply: number } | { gap: number }

/**
 * `watermark`: everything up to it is applied. The batch holds records `first` to `first + count - 1`; records
 * count from 1. `gap` is the record that is expected instead. RangeError where these are no such numbers.
 */
export function continueFrom(watermark: number, first: number, count: number): Continuation {
  const whole = [watermark, first, count].every(Number.isSafeInteger)
  if (!whole || watermark < 0 || first < 1 || count < 1) {
    throw new RangeError(`no batch: watermark ${watermark}, first ${first}, count ${count}`)
  }
  if (first > watermark + 1) return { gap: watermark + 1 }
  const skip = Math.min(count, watermark + 1 - first)
  return { skip, apply: count - skip }
}
