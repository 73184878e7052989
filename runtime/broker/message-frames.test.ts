// Frames of messages: what is in them, and that encoding is done once, however many sessions ask.
import { expect, test } from 'vitest'
import { MessageFrames } from './message-frames.ts'
import { commitOf, NOW_MS, newCore, publish } from './testing/core-effects.ts'

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
  const core = newCore()
  core.publish(publish(1, { body }))
  const frames = new MessageFrames()
  for (const effect of core.committed(NOW_MS)) if (effect.do === 'deliver') frames.of(effect.record)
  for (let session = 0; session < 500; session++) {
    const { missed } = core.resume('room', { epoch: core.epoch, off: 0 })
    expect(missed.map((record) => JSON.parse(frames.of(record).toString()).body)).toEqual(['a picture'])
  }
  expect(encoded).toBe(1)
})
