// Commits in flight: when a second one begins, how its numbers continue, and what a failure does to it.
import { expect, test } from 'vitest'
import type { Lane } from '../protocol/lanes.ts'
import { ChannelRules } from './channel-rules.ts'
import { AHEAD_RECORDS_MIN, CommitGroups } from './commit-groups.ts'

function groupsOf(commitsInFlight: number) {
  const durable = { lanes: 0, offsets: 0 }
  const of = { lane: (_: Lane) => durable.lanes, offset: (_: string) => durable.offsets }
  const groups = new CommitGroups(new ChannelRules(), of, { commitsInFlight })
  let seq = 0
  const add = (count: number, bytes = 100) => {
    for (let i = 0; i < count; i++) {
      const identity = { client: 'ann', lane: 'interactive' as const, seq: ++seq }
      groups.add({ ...identity, ch: 'room', at: 0, t: 0, ack: 'disk', body: seq, bytes })
    }
  }
  const settle = () => {
    const records = groups.finish()
    durable.lanes += records.length
    durable.offsets += records.length
    return records
  }
  return { groups, add, settle }
}

test('one at a time unless more are allowed', () => {
  const { groups, add, settle } = groupsOf(1)
  add(1)
  expect(groups.next()).toHaveLength(1)
  add(AHEAD_RECORDS_MIN)
  expect(groups.next()).toBeNull()
  settle()
  expect(groups.next()).toHaveLength(AHEAD_RECORDS_MIN)
})

test('a second begins once enough waits for it, by records or by bytes, and no third', () => {
  const { groups, add, settle } = groupsOf(2)
  add(1)
  expect(groups.next()).toHaveLength(1)
  add(AHEAD_RECORDS_MIN - 1)
  expect(groups.next()).toBeNull()
  add(1)
  expect(groups.next()).toHaveLength(AHEAD_RECORDS_MIN)
  add(AHEAD_RECORDS_MIN)
  expect(groups.next()).toBeNull()
  settle()
  settle()
  expect(groups.next()).toHaveLength(AHEAD_RECORDS_MIN)
  add(1, 64 * 1024)
  expect(groups.next()).toHaveLength(1)
})

test('numbers continue from what is in flight, then from what is durable', () => {
  const { groups, add, settle } = groupsOf(2)
  const numbers: number[] = []
  for (let round = 0; round < 4; round++) {
    add(AHEAD_RECORDS_MIN)
    for (const { laneSeq, off } of groups.next() ?? []) {
      expect(off).toBe(laneSeq)
      numbers.push(laneSeq)
    }
    if (round > 0) settle()
  }
  expect(numbers).toEqual(Array.from({ length: 4 * AHEAD_RECORDS_MIN }, (_, i) => i + 1))
})

test('behind a commit that failed none is durable and none begins; then the same numbers are given out again', () => {
  const { groups, add } = groupsOf(2)
  add(1)
  const first = groups.next()
  add(AHEAD_RECORDS_MIN)
  const second = groups.next()
  add(AHEAD_RECORDS_MIN)
  expect(groups.fail()).toEqual(first)
  expect(groups.next()).toBeNull()
  expect(() => groups.finish()).toThrow('cannot be durable after one before it failed')
  expect(groups.fail()).toEqual(second)
  expect(groups.next()?.[0]).toMatchObject({ laneSeq: 1, off: 1 })
  expect(groups.bytes).toBe(AHEAD_RECORDS_MIN * 100)
})
