import { expect, test } from 'vitest'
import { BACKLOG_LOOKS_PER_S, type Recoverable, recoveryS } from './recovery.ts'

const LIMIT_MS = 100

/** `acks`: one list of ms a second; the bin is the ms. */
const run = (backlogOfSecond: number[], acks: number[][]): Recoverable => ({
  backlog: backlogOfSecond.flatMap((waiting) => new Array(BACKLOG_LOOKS_PER_S).fill(waiting)),
  acks: acks.map((ms) => (ms.length === 0 ? null : { bins: ms, weights: ms.map(() => 1) })),
  valueOfBin: (bin) => bin,
})
const calm = (seconds: number) => Array.from({ length: seconds }, () => new Array<number>(20).fill(10))
const cut = (startS: number, endS: number) => ({ startS, endS })

test('lasts until the backlog is gone, to a quarter of a second', () => {
  const seen = run([0, 5, 4, 2, 1, ...new Array(15).fill(0)], calm(20))
  expect(recoveryS(seen, cut(1, 2), LIMIT_MS)).toBe(3.25)
  const backlog = seen.backlog.with(4 * BACKLOG_LOOKS_PER_S + 2, 0)
  expect(recoveryS({ ...seen, backlog }, cut(1, 2), LIMIT_MS)).toBe(2.75)
})

test('takes the p99 of 10 s together: one late publish among 200 does not put it off, three do', () => {
  const backlog = [0, 5, ...new Array(18).fill(0)]
  const late = (times: number) => {
    const acks = calm(20)
    acks[4] = [...new Array(20 - times).fill(10), ...new Array(times).fill(500)]
    return recoveryS(run(backlog, acks), cut(1, 2), LIMIT_MS)
  }
  expect(late(1)).toBe(0.25)
  expect(late(3)).toBe(3.25)
})

test('takes the backlog as gone when it is what it was before the cut', () => {
  const seen = run([2, 3, 1, 40, 40, 20, 3, ...new Array(13).fill(2)], calm(20))
  expect(recoveryS(seen, cut(3, 5), LIMIT_MS)).toBe(1.25)
})

test('is null where the run ends before 10 s were seen', () => {
  expect(recoveryS(run(new Array(14).fill(0), calm(14)), cut(1, 5), LIMIT_MS)).toBeNull()
  expect(recoveryS(run(new Array(15).fill(0), calm(15)), cut(1, 5), LIMIT_MS)).toBe(0.25)
})

test('counts 10 s without a publish as within, and passes over looks that nobody took', () => {
  const seen = run(new Array(12).fill(0), new Array(12).fill([]))
  expect(recoveryS(seen, cut(0, 1), LIMIT_MS)).toBe(0.25)
  const backlog = seen.backlog.map((waiting, i) =>
    i % BACKLOG_LOOKS_PER_S === BACKLOG_LOOKS_PER_S - 1 ? waiting : null,
  )
  expect(recoveryS({ ...seen, backlog }, cut(0, 1), LIMIT_MS)).toBe(1)
})
