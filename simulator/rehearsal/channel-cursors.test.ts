import { expect, test } from 'vitest'
import { ChannelCursors } from './channel-cursors.ts'

function subscribed(off: number, more: { epoch?: string; recovered?: boolean } = {}) {
  return { t: 'subd', ch: 'room', epoch: 'e1', off, recovered: true, ...more } as const
}

test('a first subscription starts at the newest offset and misses nothing', () => {
  const cursors = new ChannelCursors()
  expect(cursors.at('room')).toBeUndefined()
  expect(cursors.subscribed(subscribed(7))).toBeNull()
  expect(cursors.message('room', 8)).toBeNull()
  expect(cursors.at('room')).toEqual({ epoch: 'e1', off: 8 })
})

test('a recovered channel goes on from the last offset seen, as what was missed follows', () => {
  const cursors = new ChannelCursors()
  cursors.subscribed(subscribed(7))
  expect(cursors.subscribed(subscribed(10))).toBeNull()
  expect([8, 9, 10, 11].map((off) => cursors.message('room', off))).toEqual([null, null, null, null])
})

test('a channel that says it is recovered and then skips has a silent gap', () => {
  const cursors = new ChannelCursors()
  cursors.subscribed(subscribed(7))
  cursors.subscribed(subscribed(10))
  expect(cursors.message('room', 9)).toEqual({ ch: 'room', after: 7, off: 9, told: false })
  expect(cursors.message('room', 10)).toBeNull()
})

test('a channel that was not recovered has a gap that was told', () => {
  const cursors = new ChannelCursors()
  cursors.subscribed(subscribed(7))
  expect(cursors.subscribed(subscribed(40, { epoch: 'e2', recovered: false }))).toEqual({
    ch: 'room',
    after: 7,
    off: 40,
    told: true,
  })
  expect(cursors.at('room')).toEqual({ epoch: 'e2', off: 40 })
})

test('a message that comes again is no gap and moves nothing back', () => {
  const cursors = new ChannelCursors()
  cursors.subscribed(subscribed(7))
  cursors.message('room', 8)
  expect(cursors.message('room', 8)).toBeNull()
  expect(cursors.at('room')?.off).toBe(8)
})
