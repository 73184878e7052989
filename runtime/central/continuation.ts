// Whether a batch continues what central has of a lane: the one rule behind exactly-once, shared with the twin.

export type Continuation =
  /** The first `skip` records are applied already; the `apply` records after them are new (0: all are old). */
  | { is: 'next'; skip: number; apply: number }
  /** Records are missing before the batch: send again from `expected`. */
  | { is: 'gap'; expected: number }

/**
 * `watermark`: everything up to it is applied. The batch holds records `first` to `first + count - 1`; records
 * count from 1. RangeError where these are no such numbers.
 */
export function continueFrom(watermark: number, first: number, count: number): Continuation {
  const whole = [watermark, first, count].every(Number.isSafeInteger)
  if (!whole || watermark < 0 || first < 1 || count < 1) {
    throw new RangeError(`no batch: watermark ${watermark}, first ${first}, count ${count}`)
  }
  if (first > watermark + 1) return { is: 'gap', expected: watermark + 1 }
  const skip = Math.min(count, watermark + 1 - first)
  return { is: 'next', skip, apply: count - skip }
}
