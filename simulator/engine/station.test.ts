import { expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'
import { Station } from './station.ts'

test('one after the other, on the server that is free first', () => {
  const clock = new EventQueue()
  const station = new Station(clock, 2)
  expect([station.serve(10), station.serve(4), station.serve(5), station.serve(3)]).toEqual([10, 4, 9, 12])
  expect(station.busyMs).toBe(22)
})

test('Little’s law is checked with customers in service, waiting and gone', () => {
  const clock = new EventQueue()
  const station = new Station(clock, 2, 'the desk')
  for (let i = 0; i < 40; i++) clock.at(i * 3, () => station.serve(1 + ((i * 7) % 12)))
  for (let untilMs = 0; untilMs < 200; untilMs += 7) {
    clock.run(untilMs)
    clock.verify()
  }
  clock.at(250, () => station.serve(Number.NaN))
  clock.run(300)
  expect(() => clock.verify()).toThrow(
    expect.objectContaining({ code: 'MP_LITTLE', exitCode: 5, message: expect.stringContaining('the desk') }),
  )
})

test('a station without servers is refused', () => {
  expect(() => new Station(new EventQueue(), 0)).toThrow(RangeError)
})
