// Messages of a stream: what is in their frame, and that the frame is made once, however many sessions ask.
import { expect, test } from 'vitest'
import { deliveryOf, StreamMessage } from './message-frames.ts'
import { commitOf, newCore, publish } from './testing/core-effects.ts'
import { payloadOf } from './ws-frame.ts'

function committed(body: unknown) {
  const [record] = commitOf(newCore().publish(publish(1, { body, t: 5 })))
  if (!record) throw new Error('nothing committed')
  return record
}

test('a frame holds what subscribers see of a message, and nothing else', () => {
  const message = new StreamMessage(deliveryOf(committed({ vote: 'ja' })))
  expect(JSON.parse(payloadOf(message.plain).toString())).toEqual({
    t: 'msg',
    ch: 'room',
    off: 1,
    client: 'ann',
    body: { vote: 'ja' },
    at: 0,
  })
})

test('filters see its fields, before and after its frame was made', () => {
  const message = new StreamMessage(deliveryOf(committed({ vote: 'ja' })))
  const fields = { client: 'ann', at: 0, t: 5, off: 1, body: { vote: 'ja' } }
  expect(message.read()).toEqual(fields)
  expect(message.plain).toBe(message.plain)
  expect(message.read()).toEqual(fields)
})

test('only messages of the lanes control and critical are protected', () => {
  const lanes = (['control', 'critical', 'interactive', 'state', 'bulk'] as const).filter(
    (lane) => new StreamMessage({ ...deliveryOf(committed(1)), lane }).isProtected,
  )
  expect(lanes).toEqual(['control', 'critical'])
})
