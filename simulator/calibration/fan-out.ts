// How long a message takes from its first subscriber to its last, told apart from what each of them waits for alike.

/** Deliveries of one message that tell its spread. */
const DELIVERIES_MIN = 8
/** Messages that tell the spread of a run. */
const MESSAGES_MIN = 10
/** Between these shares of its deliveries a message's spread is measured: the ends are other things' tails. */
const [FROM, TO] = [0.1, 0.9]

export interface FanOut {
  /** From one subscriber to the next, ms; null where too few messages tell. */
  gapMs: number | null
  /** The deliveries' times without their place in it, ms, never below 0. */
  restMs: number[]
}

/**
 * `messages`: for each message the times of its deliveries, ms, links taken off. `share`: of all its deliveries, those
 * that are here. Deliveries leave one after the other, so that the time between two shares of them divided by how many
 * lie between is the gap; a run's is the median of its messages'.
 */
export function fanOut(messages: Iterable<readonly number[]>, share: number): FanOut {
  const ascending = Array.from(messages, (times) => times.toSorted((a, b) => a - b))
  const gaps = ascending
    .filter(({ length }) => length >= DELIVERIES_MIN)
    .map((times) => {
      const [from, to] = [FROM, TO].map((p) => Math.round(p * (times.length - 1))) as [number, number]
      return (((times[to] as number) - (times[from] as number)) / (to - from)) * share
    })
    .sort((a, b) => a - b)
  if (gaps.length < MESSAGES_MIN) return { gapMs: null, restMs: ascending.flat() }
  const gapMs = gaps[Math.floor(gaps.length / 2)] as number
  const restMs = ascending.flatMap((times) =>
    times.map((ms, i) => Math.max(0, ms - ((i + 0.5) / share) * gapMs)),
  )
  return { gapMs, restMs }
}
