// Whether a batch continues what central has of a lane: the one rule behind exactly-once, shared with the twin.

/** `skip` records are applied already and `apply` follow them; or records are missing before the batch. */
export type Continuation = { skip: number; apply: number } | { gap: number }

/**
 * `watermark`: everything up to it is applied. The batch holds records `first` to `first + count - 1`.
 * `gap` is the record that is expected instead.
 */
export function continueFrom(watermark: number, first: number, count: number): Continuation {
  if (first > watermark + 1) return { gap: watermark + 1 }
  const skip = Math.min(count, watermark + 1 - first)
  return { skip, apply: count - skip }
}
