import { describe, expect, test } from 'vitest'
import { Recording, recoveryS } from './recording.ts'
import type { Series } from './run-result.ts'

describe('recovery', () => {
  const series = (backlog: number[], p99: (number | null)[]): Series => ({
    tS: backlog.map((_, s) => s),
    ackP50Ms: p99,
    ackP99Ms: p99,
    deliveryP99Ms: p99,
    backlog,
    uplinkBytes: backlog,
    sessions: backlog,
  })
  const calm = (seconds: number) => new Array(seconds).fill(10)
  const cut = (startS: number, endS: number) => ({ startS, endS })

  test('lasts until the backlog is gone and p99 has been within its limit for 10 s', () => {
    const backlog = [0, 5, 4, 2, 1, ...new Array(15).fill(0)]
    expect(recoveryS(series(backlog, calm(20)), cut(1, 2), 100)).toBe(4)
    const slow = calm(20)
    slow[7] = 500
    expect(recoveryS(series(backlog, slow), cut(1, 2), 100)).toBe(7)
  })
  test('takes the backlog as gone when it is what it was before the cut', () => {
    const backlog = [2, 3, 1, 40, 40, 20, 3, ...new Array(13).fill(2)]
    expect(recoveryS(series(backlog, calm(20)), cut(3, 5), 100)).toBe(2)
  })
  test('is null where the run ends before 10 good seconds were seen', () => {
    expect(recoveryS(series(new Array(14).fill(0), calm(14)), cut(1, 5), 100)).toBeNull()
    expect(recoveryS(series(new Array(15).fill(0), calm(15)), cut(1, 5), 100)).toBe(1)
  })
  test('counts a second without a sample as within', () => {
    expect(recoveryS(series(new Array(12).fill(0), new Array(12).fill(null)), cut(0, 1), 100)).toBe(1)
  })
})

test('outages that overlap are recovered from together, after the last link is back', () => {
  const recording = new Recording(40)
  for (let s = 0; s < 40; s++) {
    recording.second(s, { backlog: s >= 5 && s < 18 ? 50 : 0, uplinkBytes: 0, sessions: 1 })
  }
  const outage = { target: 'uplink' as const, venue: 'hall' }
  const outages = [
    { ...outage, startS: 5, endS: 15 },
    { ...outage, startS: 8, endS: 10 },
  ]
  const figures = recording.figures(recording.series(), outages, 100)
  expect(figures.find(({ id }) => id === 'recovery')?.value).toBe(4)
})

test('a recording bins by intended start and keeps one length for all series', () => {
  const recording = new Recording(3)
  recording.latency('ack', 100, 5)
  recording.latency('ack', 900, 15)
  recording.latency('ack', 2_500, 7)
  recording.latency('ack', 9_000, 1)
  recording.second(0, { backlog: 4, uplinkBytes: 100, sessions: 2 })
  recording.second(7, { backlog: 9, uplinkBytes: 1, sessions: 1 })
  const series = recording.series()
  expect(series.ackP50Ms).toEqual([5, null, 7])
  expect(series.ackP99Ms).toEqual([15, null, 7])
  expect(series.backlog).toEqual([4, null, null])
  const figures = recording.figures(series, [], 100)
  expect(figures.find(({ id }) => id === 'ack-p99')).toMatchObject({ value: 15, samples: 4, interval: null })
  expect(figures.find(({ id }) => id === 'recovery')?.value).toBeNull()
  expect(figures.find(({ id }) => id === 'backlog-peak')?.value).toBe(4)
})
