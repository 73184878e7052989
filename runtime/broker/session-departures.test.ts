// Draining: each session is told its own time at once, and none is closed before it or after the next look.
import { expect, test } from 'vitest'
import { SessionDepartures } from './session-departures.ts'
import { OutputTick } from './session-output.ts'
import { writtenSession } from './testing/written-session.ts'

test('each session is told when to come back, and is closed then', () => {
  const tick = new OutputTick(() => {})
  const sessions = [1, 2, 3].map((id) => writtenSession(id, tick))
  const schedule = { firstMs: 10, stepMs: 20.4 }
  const departures = new SessionDepartures(
    sessions.map(({ session }) => session),
    schedule,
    1_000,
  )
  tick.flush()
  const why = 'the PoP is going away'
  expect(sessions.map(({ told }) => told)).toEqual([
    [{ t: 'goodbye', reconnectMs: 10, why }],
    [{ t: 'goodbye', reconnectMs: 30, why }],
    [{ t: 'goodbye', reconnectMs: 51, why }],
  ])
  const closed = () => sessions.map(({ closed }) => closed)
  expect(departures.close(1_009)).toBe(true)
  expect(closed()).toEqual([[], [], []])
  expect(departures.close(1_010)).toBe(true)
  expect(closed()).toEqual([[1001], [], []])
  expect(departures.close(1_060)).toBe(false)
  expect(closed()).toEqual([[1001], [1001], [1001]])
  expect(departures.close(2_000)).toBe(false)
  expect(closed()).toEqual([[1001], [1001], [1001]])
})

test('of nobody are done at once', () => {
  expect(new SessionDepartures([], { firstMs: 0, stepMs: 1 }, 0).close(0)).toBe(false)
})
