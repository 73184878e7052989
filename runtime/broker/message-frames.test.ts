// Frames of messages: what is in them, and that encoding is done once, however many sessions ask.
import { expect, test } from 'vitest'
import { MessageFrames } from './message-frames.ts'
import { commitOf, newCore, publish } from './testing/core-effects.ts'

test('a frame holds what subscribers see of a message, and nothing else', () => {
  const [record] = commitOf(newCore().publish(publish(1, { body: { vote: 'ja' } })))
  if (!record) throw new Error('nothing committed')
  expect(JSON.parse(new MessageFrames().of(record).toString())).toEqual({
    t: 'msg',
    ch: 'room',
    off: 1,
    client: 'ann',
    body: { vote: 'ja' },
    at: 0,
  })
})

test('a message is encoded once for its delivery and all who resume', () => {
  let encoded = 0
  const body = {
    toJSON: () => {
      encoded++
      return 'a picture'
    },
  }
  const [record] = commitOf(newCore().publish(publish(1, { body })))
  if (!record) throw new Error('nothing committed')
  const frames = new MessageFrames()
  for (let session = 0; session < 500; session++) frames.of(record)
  expect(encoded).toBe(1)
})
