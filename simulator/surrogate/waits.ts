// How long work waits before it is begun: at a thread, and at a disk that commits in groups.
import { NOTHING, type Points } from './mixture.ts'

/** Parts of the waits that there are, each with the level that stands for it: finer towards the longest. */
const PARTS = [0.2, 0.4, 0.6, 0.8, 0.9, 0.96, 0.99, 1].map((upTo, i, all) => {
  const from = all[i - 1] ?? 0
  return { level: (from + upTo) / 2, weight: upTo - from }
})

export interface Stream {
  /** Jobs per ms. */
  rate: number
  /** ms of one job, first and second moment. */
  mean: number
  square: number
}

export function streamOf(jobs: readonly { count: number; ms: number }[], overMs: number): Stream {
  const count = jobs.reduce((sum, job) => sum + job.count, 0)
  const moment = (power: number) =>
    count === 0 ? 0 : jobs.reduce((sum, job) => sum + job.count * job.ms ** power, 0) / count
  return { rate: count / overMs, mean: moment(1), square: moment(2) }
}

/** Share of the time that the server is busy; from 1 on it never keeps up. */
export function utilisation({ rate, mean }: Stream): number {
  return rate * mean
}

/**
 * Wait of a job in M/G/1: none with probability 1 − ρ, else taken as exponential with the mean that Pollaczek and
 * Khinchine's formula leaves (Kleinrock, "Queueing Systems", volume 1, 1975, section 5.7; the exponential tail is exact
 * for M/M/1 and the limit in heavy traffic). Throws where the server never keeps up.
 */
export function waitAtServer(stream: Stream): Points {
  const busy = utilisation(stream)
  if (busy >= 1) throw new RangeError(`a server that is busy ${busy.toFixed(2)} of the time never keeps up`)
  if (busy === 0) return NOTHING
  const meanWaitMs = (stream.rate * stream.square) / (2 * (1 - busy))
  const waits = meanWaitMs / busy
  return withNone(busy, (level) => -waits * Math.log(1 - level))
}

/**
 * Wait of a publish for the commit that is being written when it comes: all that wait go together into the next one.
 * Commits follow each other for as long as something came during the last, so that a commit is followed by another with
 * probability 1 − E[e^(−λS)], and the disk is busy E[S]·n of every E[S]·n + 1/λ, where n is their mean number. What is
 * left of a commit that is met has the density (1 − F(t)) / E[S] (renewal theory: Cox, "Renewal theory", 1962).
 */
export function waitForCommit(rate: number, commitMs: Points): { wait: Points; commitsPerMs: number } {
  const meanMs = commitMs.reduce((sum, { value, weight }) => sum + value * weight, 0)
  if (rate === 0 || meanMs === 0) return { wait: NOTHING, commitsPerMs: rate }
  const none = commitMs.reduce((sum, { value, weight }) => sum + weight * Math.exp(-rate * value), 0)
  const inRow = 1 / Math.max(none, Number.EPSILON)
  const cycleMs = inRow * meanMs + 1 / rate
  const busy = (inRow * meanMs) / cycleMs
  return { wait: withNone(busy, restOf(commitMs, meanMs)), commitsPerMs: inRow / cycleMs }
}

/** No wait but for a share `waiting`, of whose waits `at` gives the quantiles. */
function withNone(waiting: number, at: (level: number) => number): Points {
  return [
    { value: 0, weight: 1 - waiting },
    ...PARTS.map(({ level, weight }) => ({ value: at(level), weight: weight * waiting })),
  ]
}

/** Quantiles of what is left of a job that is met: its share of the area under 1 − F(t), up to t. */
function restOf(jobs: Points, meanMs: number): (level: number) => number {
  const ascending = jobs.toSorted((a, b) => a.value - b.value)
  return (level) => {
    let area = 0
    let longer = 1
    let before = 0
    for (const { value, weight } of ascending) {
      const more = (value - before) * longer
      if (area + more >= level * meanMs) return before + (level * meanMs - area) / longer
      area += more
      longer -= weight
      before = value
    }
    return before
  }
}
