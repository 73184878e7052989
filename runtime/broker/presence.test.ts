import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Presence as PresenceFrame } from '../protocol/session.ts'
import type { PartEffect } from './part.ts'
import { INTERVAL_MS, NAMES_MAX, Presence } from './presence.ts'

function framesOf(effects: readonly PartEffect[]): PresenceFrame[] {
  return effects.flatMap((effect) =>
    (effect.do === 'tell' || effect.do === 'tell-client') && effect.frame.t === 'presence'
      ? [effect.frame]
      : [],
  )
}

/** What a client makes of the frames: the newest list, then changes to it. */
function follow(view: Set<string>, { all, joined = [], left = [] }: PresenceFrame): Set<string> {
  const next = new Set(all ?? view)
  for (const client of joined) next.add(client)
  for (const client of left) next.delete(client)
  return next
}

test('a joiner is told at once who is there, itself included', () => {
  const presence = new Presence()
  presence.joined('ann', 'room', 0)
  expect(presence.joined('bob', 'room', 1)).toEqual([
    {
      do: 'tell-client',
      client: 'bob',
      frame: { t: 'presence', ch: 'room', count: 2, all: ['ann', 'bob'] },
    },
  ])
})

test('changes are told together, and not before a second has passed since the last', () => {
  const presence = new Presence()
  presence.joined('ann', 'room', 0)
  presence.joined('bob', 'room', 10)
  const firstAtMs = presence.wakeAtMs
  expect(framesOf(presence.wake(firstAtMs))).toEqual([
    { t: 'presence', ch: 'room', count: 2, joined: ['ann', 'bob'] },
  ])
  expect(presence.wakeAtMs).toBe(Number.POSITIVE_INFINITY)
  presence.left('ann', 'room', firstAtMs + 5)
  expect(presence.wakeAtMs).toBe(firstAtMs + INTERVAL_MS)
  expect(framesOf(presence.wake(presence.wakeAtMs))).toEqual([
    { t: 'presence', ch: 'room', count: 1, left: ['ann'] },
  ])
})

test('nobody is told of a channel that everyone left', () => {
  const presence = new Presence()
  presence.joined('ann', 'room', 0)
  presence.left('ann', 'room', 1)
  expect(presence.wake(presence.wakeAtMs)).toEqual([])
  expect(presence.count('room')).toBe(0)
})

describe('2,000 who join within a second', () => {
  const presence = new Presence()
  const clients = Array.from({ length: 2_000 }, (_, i) => `client-${i}`)
  const first = clients.flatMap((client, i) => framesOf(presence.joined(client, 'room', i / 2)))

  test('get one frame each, with the exact count and a bounded list that they share', () => {
    expect(first).toHaveLength(2_000)
    expect(first.map(({ count }) => count)).toEqual(clients.map((_, i) => i + 1))
    expect(new Set(first.slice(NAMES_MAX).map(({ all }) => all)).size).toBe(1)
    expect(first.at(-1)?.all).toHaveLength(NAMES_MAX)
  })

  test('and one more of bounded size together', () => {
    const told = framesOf(presence.wake(1_000))
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({ count: 2_000, all: clients.slice(0, NAMES_MAX) })
  })
})

test('whoever joins whenever: each that follows the frames ends with the exact count and list', () => {
  const step = fc.record({
    client: fc.integer({ min: 0, max: 7 }).map((i) => `c${i}`),
    join: fc.boolean(),
    waitMs: fc.integer({ min: 0, max: 700 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const presence = new Presence()
      const members = new Set<string>()
      const views = new Map<string, Set<string>>()
      const told: number[] = []
      let nowMs = 0
      const wake = () => {
        for (const frame of framesOf(presence.wake(nowMs))) {
          told.push(nowMs)
          expect(frame.count).toBe(members.size)
          for (const client of members) views.set(client, follow(views.get(client) as Set<string>, frame))
        }
      }
      for (const { client, join, waitMs } of steps) {
        nowMs += waitMs
        if (presence.wakeAtMs <= nowMs) wake()
        if (join && !members.has(client)) {
          members.add(client)
          const [frame] = framesOf(presence.joined(client, 'room', nowMs))
          views.set(client, follow(new Set(), frame as PresenceFrame))
        } else if (!join && members.delete(client)) {
          presence.left(client, 'room', nowMs)
        }
      }
      nowMs = Math.max(nowMs, presence.wakeAtMs === Number.POSITIVE_INFINITY ? 0 : presence.wakeAtMs)
      wake()
      for (const client of members) expect(views.get(client)).toEqual(members)
      expect(told.slice(1).every((atMs, i) => atMs - (told[i] as number) >= INTERVAL_MS)).toBe(true)
    }),
  )
})
