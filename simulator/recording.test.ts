import { expect, test } from 'vitest'
import { Recording } from './recording.ts'

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
