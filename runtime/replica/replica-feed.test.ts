import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FeedEffect, ReplicaFeed, SYNCED_WITHIN_MS } from './replica-feed.ts'

test('a follower that has everything is followed by at once, and gets each commit as it is durable', () => {
  const feed = new ReplicaFeed()
  expect(feed.connected(7, 7)).toEqual([{ do: 'follows', follows: true }])
  expect(feed.committed(3, 9, false, 0)).toEqual([{ do: 'send', after: 7 }])
  expect(feed.synced(8)).toEqual([])
  expect(feed.synced(9)).toEqual([{ do: 'replicated', commit: 3 }])
  expect(feed.behind).toBe(0)
})

test('a follower that is behind is fed from the disk until it has everything', () => {
  const feed = new ReplicaFeed()
  expect(feed.connected(2, 7)).toEqual([{ do: 'read', after: 2 }])
  expect(feed.committed(1, 8, false, 0)).toEqual([])
  expect(feed.sent(7)).toEqual([{ do: 'read', after: 7 }])
  expect(feed.sent(8)).toEqual([])
  expect(feed.synced(7)).toEqual([])
  expect(feed.synced(8)).toEqual([{ do: 'follows', follows: true }])
})

test('a commit that the link does not take at once is read from the disk later', () => {
  const feed = new ReplicaFeed()
  feed.connected(0, 0)
  expect(feed.committed(1, 4, true, 0)).toEqual([{ do: 'read', after: 0 }])
  expect(feed.committed(2, 6, false, 0)).toEqual([])
  feed.sent(4)
  expect(feed.sent(6)).toEqual([])
  expect(feed.synced(6)).toEqual([{ do: 'replicated', commit: 2 }])
})

test('a follower that is too slow is not waited for, until it has all that was late', () => {
  const feed = new ReplicaFeed()
  feed.connected(0, 0)
  feed.committed(1, 4, false, 1_000)
  expect(feed.wakeAtMs).toBe(1_000 + SYNCED_WITHIN_MS)
  expect(feed.wake(feed.wakeAtMs - 1)).toEqual([])
  expect(feed.wake(feed.wakeAtMs)).toEqual([{ do: 'follows', follows: false }])
  expect(feed.committed(2, 5, false, 9_000)).toEqual([{ do: 'send', after: 4 }])
  expect(feed.synced(3)).toEqual([])
  expect(feed.synced(4)).toEqual([{ do: 'follows', follows: true }])
})

test('under a load that never pauses a follower that was too slow is waited for again, from the next commit on', () => {
  const feed = new ReplicaFeed()
  feed.connected(0, 0)
  feed.committed(1, 4, false, 0)
  feed.committed(2, 6, false, 1_000)
  feed.wake(SYNCED_WITHIN_MS)
  feed.committed(3, 9, false, 2_500)
  expect(feed.synced(4)).toEqual([])
  expect(feed.synced(6)).toEqual([{ do: 'follows', follows: true }])
  feed.committed(4, 11, false, 3_000)
  expect(feed.synced(9)).toEqual([])
  expect(feed.synced(11)).toEqual([{ do: 'replicated', commit: 4 }])
})

test('nothing is synced that was not sent', () => {
  const feed = new ReplicaFeed()
  feed.connected(0, 0)
  expect(() => feed.synced(1)).toThrow(RangeError)
})

test('whatever happens, everything is sent once and in order, and replicated is never said too early', () => {
  const step = fc.oneof(
    fc.record({
      is: fc.constant('commit' as const),
      count: fc.integer({ min: 1, max: 5 }),
      busy: fc.boolean(),
    }),
    fc.record({ is: fc.constant('read' as const), part: fc.double({ min: 0.1, max: 1, noNaN: true }) }),
    fc.record({ is: fc.constant('sync' as const), part: fc.double({ min: 0.1, max: 1, noNaN: true }) }),
    fc.record({ is: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
    fc.record({ is: fc.constant('reconnect' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const feed = new ReplicaFeed()
      const positions = new Map<number, number>()
      let [durable, commits, nowMs, sent, synced, follows] = [0, 0, 0, 0, 0, false]
      let reading: number | null = null
      const perform = (effects: readonly FeedEffect[]) => {
        for (const effect of effects) {
          if (effect.do === 'read') {
            expect(effect.after).toBe(sent)
            reading = effect.after
          } else if (effect.do === 'send') {
            expect(effect.after).toBe(sent)
            sent = durable
          } else if (effect.do === 'follows') {
            expect(effect.follows).toBe(!follows)
            if (effect.follows) expect(sent).toBe(durable)
            follows = effect.follows
          } else {
            expect(positions.get(effect.commit)).toBeLessThanOrEqual(synced)
          }
        }
      }
      perform(feed.connected(0, 0))
      for (const step of steps) {
        if (step.is === 'commit') {
          durable += step.count
          positions.set(++commits, durable)
          perform(feed.committed(commits, durable, step.busy, nowMs))
        } else if (step.is === 'read' && reading !== null) {
          sent = reading + Math.ceil((durable - reading) * step.part)
          reading = null
          perform(feed.sent(sent))
        } else if (step.is === 'sync') {
          synced += Math.ceil((sent - synced) * step.part)
          perform(feed.synced(synced))
        } else if (step.is === 'wait') {
          nowMs += step.ms
          perform(feed.wake(nowMs))
        } else if (step.is === 'reconnect') {
          perform(feed.disconnected())
          reading = null
          sent = synced
          perform(feed.connected(synced, durable))
        }
      }
      // Given time, a follower has everything and can be waited for.
      for (let turn = 0; turn < 10; turn++) {
        if (reading !== null) {
          sent = durable
          reading = null
          perform(feed.sent(sent))
        }
        synced = sent
        perform(feed.synced(synced))
      }
      expect([feed.behind, feed.follows]).toEqual([0, true])
    }),
    { numRuns: 500 },
  )
})
