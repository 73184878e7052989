import { expect, test } from 'vitest'
import { AttendeeOutbox } from './attendee-outbox.ts'

test('publishes are numbered from 1 without holes and stamped with their intended time', () => {
  const outbox = new AttendeeOutbox('ada', 1_000_000)
  const frames = [outbox.publish('chat', 250.4, 1), outbox.publish('vote', 900, 0)].map(({ frame }) =>
    JSON.parse(frame),
  )
  expect(frames).toMatchObject([
    { t: 'pub', lane: 'interactive', seq: 1, ch: 'room.main', at: 1_000_250, ack: 'disk' },
    { seq: 2, ch: 'collect.poll', at: 1_000_900 },
  ])
})

test('an acknowledgement counts from the intended time, and only the first one counts', () => {
  const outbox = new AttendeeOutbox('ada', 0)
  outbox.publish('chat', 250, 3)
  expect(outbox.acknowledged(1, 310)).toMatchObject({ c: 'ada', seq: 1, at: 250, late: 3, ack: 60 })
  expect(outbox.acknowledged(1, 500)).toBeNull()
  expect(outbox.size).toBe(0)
})

test('what is not acknowledged waits in order, to be sent again as it was', () => {
  const outbox = new AttendeeOutbox('ada', 0)
  const first = outbox.publish('chat', 1, 0)
  outbox.publish('chat', 2, 0)
  const third = outbox.publish('chat', 3, 0)
  outbox.acknowledged(2, 10)
  expect(outbox.waiting()).toEqual([first, third])
  expect(outbox.lowest).toBe(1)
})

test('with nothing waiting, everything below the next number is settled', () => {
  const outbox = new AttendeeOutbox('ada', 0)
  expect(outbox.lowest).toBe(1)
  outbox.publish('chat', 1, 0)
  outbox.acknowledged(1, 5)
  expect(outbox.lowest).toBe(2)
})

test('a refused publish stays under its number', () => {
  const outbox = new AttendeeOutbox('ada', 0)
  outbox.publish('chat', 1, 0)
  expect(outbox.refused(1, 'MP_QUEUE_FULL')?.line.refused).toBe('MP_QUEUE_FULL')
  expect(outbox.has(1)).toBe(true)
  expect(outbox.refused(9, 'MP_QUEUE_FULL')).toBeNull()
})
