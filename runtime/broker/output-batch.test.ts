import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutputBatch } from './output-batch.ts'
import { SharedFrame } from './ws-frame.ts'

test('sessions with the same frames share one buffer, others get their own', () => {
  const frames = Array.from({ length: 4 }, (_, i) => new SharedFrame(`{"t":"msg","off":${i}}`))
  const session = fc.array(fc.nat(3), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.array(session, { maxLength: 12 }), (sessions) => {
      const empty = OutputBatch.empty()
      const batches = sessions.map((wants) =>
        wants.reduce((batch, i) => batch.with(frames[i] as SharedFrame), empty),
      )
      for (const [i, wants] of sessions.entries()) {
        const expected = Buffer.concat(wants.map((frame) => (frames[frame] as SharedFrame).plain))
        const batch = batches[i] as OutputBatch
        expect(batch.encode(false).equals(expected)).toBe(true)
        expect(batch.bytes).toBe(expected.length)
        for (const [j, other] of sessions.entries()) {
          expect(batches[j] === batch).toBe(other.join() === wants.join())
        }
      }
    }),
  )
})

test('a single frame is written as it is, without a copy', () => {
  const frame = new SharedFrame('{}')
  const batch = OutputBatch.empty().with(frame)
  expect(batch.encode(false)).toBe(frame.plain)
  expect(batch.encode(true)).toBe(frame.deflated)
})
