import { expect, test } from 'vitest'
import { ChannelCursors } from './channel-cursors.ts'

function subscribed(off: number, more: { epoch?: string; recovered?: boolean } = {}) {
  return { t: 'subd', ch: 'room', epoch: 'e1', off, recovered: true, ...more } as const
}

test('a first subscription starts at the newest offset and misses nothing', () => {
  const cursors = new ChannelCursors()
  expect(cursors.subscriptions('room')).toEqual([{ t: 'sub', ch: 'room' }])
  expect(cursors.subscribed(subscribed(7))).toBeNull()
  expect(cursors.message({ ch: 'room', off: 8 })).toBeNull()
  expect(cursors.subscriptions('room')).toEqual([{ t: 'sub', ch: 'room', epoch: 'e1', off: 8 }])
})

test('a recovered channel goes on from the last offset seen, as what was missed follows', () => {
  const cursors = new ChannelCursors()
  cursors.subscribed(subscribed(7))
  expect(cursors.subscribed(subscribed(10))).toBeNull()
  expect([8, 9, 10, 11].map((off) => cursors.message({ ch: 'room', off: off }))).toEqual([
    null,
    null,
    null,
    null,
  ])
})

test('a channel that says it is recovered and then skips has a silent gap', () => {
  const cursors = new ChannelCursors()
  cursors.subscribed(subscribed(7))
  cursors.subscribed(subscribed(10))
  expect(cursors.message({ ch: 'room', off: 9 })).toEqual({ ch: 'room', after: 7, off: 9, told: false })
  expect(cursors.message({ ch: 'room', off: 10 })).toBeNull()
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
  expect(cursors.subscriptions('room')).toEqual([{ t: 'sub', ch: 'room', epoch: 'e2', off: 40 }])
})

test('a message that comes again is no gap and moves nothing back', () => {
  const cursors = new ChannelCursors()
  cursors.subscribed(subscribed(7))
  cursors.message({ ch: 'room', off: 8 })
  expect(cursors.message({ ch: 'room', off: 8 })).toBeNull()
  expect(cursors.subscriptions('room')[0]?.off).toBe(8)
})

test('each partition has an order of its own, and is resumed by itself', () => {
  const cursors = new ChannelCursors()
  cursors.subscribed({ ...subscribed(7), part: 0 })
  cursors.subscribed({ ...subscribed(3), part: 1 })
  expect(cursors.message({ ch: 'room', part: 1, off: 4 })).toBeNull()
  expect(cursors.message({ ch: 'room', part: 0, off: 8 })).toBeNull()
  expect(cursors.message({ ch: 'room', part: 1, off: 6 })).toEqual({
    ch: 'room',
    after: 4,
    off: 6,
    told: false,
  })
  expect(cursors.subscriptions('room')).toEqual([
    { t: 'sub', ch: 'room', part: 0, epoch: 'e1', off: 8 },
    { t: 'sub', ch: 'room', part: 1, epoch: 'e1', off: 6 },
  ])
})

test('what the PoP says that it skips is no silent gap; what a filter leaves out is none at all', () => {
  const cursors = new ChannelCursors()
  cursors.subscribed(subscribed(7))
  const skip = { t: 'skip', ch: 'room' } as const
  expect(cursors.skipped({ ...skip, through: 9, why: 'latest' })).toEqual({
    ch: 'room',
    after: 7,
    off: 9,
    told: true,
  })
  expect(cursors.message({ ch: 'room', off: 10 })).toBeNull()
  expect(cursors.skipped({ ...skip, through: 12, why: 'filter' })).toBeNull()
  expect(cursors.message({ ch: 'room', off: 13 })).toBeNull()
  expect(cursors.skipped({ ...skip, through: 5, why: 'sampled' })).toBeNull()
})
