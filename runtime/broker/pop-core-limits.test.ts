// What the PoP refuses: a full queue, a full or broken or slow disk, numbers out of the window.
import { describe, expect, test } from 'vitest'
import { SEEN_WINDOW } from '../queue/seen.ts'
import type { PublishInput } from './pop-core.ts'
import { acksOf, commitOf, connect, NOW_MS, newCore, publish, refusalsOf } from './testing/core-effects.ts'

describe('a queue that runs full', () => {
  const sheddable: Partial<PublishInput>[] = [
    { lane: 'bulk', ack: 'memory' },
    { lane: 'state', ack: 'memory' },
  ]
  const kept: Partial<PublishInput>[] = [
    { lane: 'interactive', ack: 'memory' },
    { lane: 'critical', ack: 'memory' },
    { lane: 'bulk', ack: 'disk' },
    { lane: 'state', ack: 'central' },
    { lane: 'interactive', ack: 'disk' },
  ]

  test('sheds memory-acknowledged bulk and state from nine tenths on, and nothing else', () => {
    const core = newCore({ queueBytesMax: 1_000 })
    core.used(899)
    for (const more of [...sheddable, ...kept]) {
      const admitting = newCore({ queueBytesMax: 1_000 })
      admitting.used(899)
      expect(refusalsOf(admitting.publish(publish(1, more))), JSON.stringify(more)).toEqual([])
    }
    core.used(900)
    for (const more of sheddable) {
      expect(refusalsOf(core.publish(publish(1, more)))).toEqual(['1 MP_QUEUE_FULL'])
    }
    for (const [i, more] of kept.entries()) {
      const admitting = newCore({ queueBytesMax: 1_000 })
      admitting.used(900)
      expect(refusalsOf(admitting.publish(publish(i + 1, more))), JSON.stringify(more)).toEqual([])
    }
    expect(core.counters.refused).toBe(2)
  })

  test('refuses everything at its limit, and takes all again once there is room', () => {
    const core = newCore({ queueBytesMax: 1_000 })
    core.used(1_000)
    for (const more of [...sheddable, ...kept]) {
      expect(refusalsOf(core.publish(publish(1, more)))).toEqual(['1 MP_QUEUE_FULL'])
    }
    core.used(10)
    expect(commitOf(core.publish(publish(1)))).toHaveLength(1)
  })

  test('keeps its last fiftieth for what cannot wait', () => {
    const core = newCore({ queueBytesMax: 1_000 })
    core.used(985)
    expect(refusalsOf(core.publish(publish(1)))).toEqual(['1 MP_QUEUE_FULL'])
    for (const lane of ['control', 'critical'] as const) {
      const admitting = newCore({ queueBytesMax: 1_000 })
      admitting.used(985)
      expect(commitOf(admitting.publish(publish(1, { lane })))).toHaveLength(1)
    }
  })

  test('counts what is on its way to the disk', () => {
    const core = newCore({ queueBytesMax: 1_000 })
    for (let seq = 1; seq <= 10; seq++) expect(refusalsOf(core.publish(publish(seq)))).toEqual([])
    expect(refusalsOf(core.publish(publish(11)))).toEqual(['11 MP_QUEUE_FULL'])
  })

  test('still acknowledges what it has', () => {
    const core = newCore({ queueBytesMax: 1_000 })
    core.publish(publish(1))
    core.committed(NOW_MS)
    core.used(1_000)
    expect(acksOf(core.publish(publish(1)))).toEqual(['ann interactive 1 disk'])
  })
})

describe('a disk that is full', () => {
  test('refuses the commit, and the next one is tried with the numbers of the first', () => {
    const core = newCore()
    core.publish(publish(1))
    core.publish(publish(2))
    const failed = core.commitFailed('full')
    expect(refusalsOf(failed)).toEqual(['1 MP_QUEUE_FULL'])
    expect(commitOf(failed)).toMatchObject([{ seq: 2, laneSeq: 1, off: 1 }])
    core.committed(NOW_MS)
    expect(commitOf(core.publish(publish(1)))).toMatchObject([{ seq: 1, laneSeq: 2, off: 2 }])
    core.committed(NOW_MS)
    expect(core.acked('ann')).toEqual({ interactive: 2 })
  })
})

describe('a disk that failed', () => {
  test('refuses what waited and all that comes, delivers nothing of it, and says so', () => {
    const core = newCore()
    core.publish(publish(1))
    core.publish(publish(2, { ack: 'memory' }))
    const failed = core.commitFailed('broken')
    expect(refusalsOf(failed)).toEqual(['1 MP_DISK_FAILED', '2 MP_DISK_FAILED'])
    expect(commitOf(failed)).toEqual([])
    expect(core.broken).toBe(true)
    expect(refusalsOf(core.publish(publish(3)))).toEqual(['3 MP_DISK_FAILED'])
    expect(core.offset('room')).toBe(0)
    expect(core.uplink.backlog).toBe(0)
  })

  test('goes on syncing what is durable', () => {
    const core = newCore()
    core.publish(publish(1))
    core.committed(NOW_MS)
    core.publish(publish(2))
    core.commitFailed('broken')
    expect(connect(core)).toContainEqual(
      expect.objectContaining({ do: 'send', lane: 'interactive', first: 1, count: 1, bytes: 100 }),
    )
  })
})

describe('a message out of the window', () => {
  test('is refused while an earlier one is missing, and taken once that one came', () => {
    const core = newCore()
    const far = SEEN_WINDOW + 1
    expect(refusalsOf(core.publish(publish(far)))).toEqual([`${far} MP_OUT_OF_WINDOW`])
    core.publish(publish(1))
    core.committed(NOW_MS)
    expect(refusalsOf(core.publish(publish(far)))).toEqual([])
  })
})

describe('a hole that nobody will close', () => {
  test('is passed over once its client says what it still holds', () => {
    const core = newCore()
    const beyond = SEEN_WINDOW + 2
    core.publish(publish(1, { ack: 'memory' }))
    core.commitFailed('full')
    core.publish(publish(2))
    core.committed(NOW_MS)
    expect(core.acked('ann')).toEqual({})
    core.greet('ann', { interactive: 3 })
    expect(commitOf(core.publish(publish(beyond)))).toHaveLength(1)
    core.committed(NOW_MS)
    expect(core.acked('ann', { interactive: 3 })).toEqual({ interactive: 2 })
  })

  test('is never acknowledged as stored, whoever passed over it, also after a restart', () => {
    const core = newCore()
    const absurd = Number.MAX_SAFE_INTEGER
    core.publish(publish(1))
    core.committed(NOW_MS)
    core.greet('ann', { interactive: absurd })
    expect(core.greet('ann', { interactive: 2 })).toEqual({ interactive: 1 })
    expect(commitOf(core.publish(publish(2)))).toHaveLength(1)
    core.committed(NOW_MS)
    core.greet('ann', { interactive: absurd })
    core.publish(publish(absurd))
    core.committed(NOW_MS)
    const restarted = newCore()
    restarted.replay({ checkpoint: core.checkpoint() })
    for (const pop of [core, restarted]) {
      expect(pop.greet('ann', { interactive: 3 })).toEqual({})
      const answer = pop.publish(publish(3))
      expect([acksOf(answer), refusalsOf(answer)]).toEqual([[], ['3 MP_OUT_OF_WINDOW']])
    }
  })

  test('may be all that a client sent to another PoP', () => {
    const core = newCore()
    expect(refusalsOf(core.publish(publish(70_000)))).toEqual(['70000 MP_OUT_OF_WINDOW'])
    core.greet('ann', { interactive: 70_000 })
    expect(commitOf(core.publish(publish(70_000)))).toMatchObject([{ seq: 70_000, laneSeq: 1 }])
  })

  test('stays open where its client still holds the message', () => {
    const core = newCore()
    core.publish(publish(2))
    core.committed(NOW_MS)
    expect(core.greet('ann', { interactive: 1, bulk: 1 })).toEqual({})
    expect(commitOf(core.publish(publish(1)))).toHaveLength(1)
  })
})

test('hellos alone leave nothing behind, however many: who publishes is still taken', () => {
  const core = newCore()
  const before = core.checkpoint()
  for (let i = 0; i <= 60_000; i++) {
    core.greet(`visitor-${i}`, { control: 9, critical: 9, interactive: 9, state: 9, bulk: 9 })
  }
  expect(core.checkpoint()).toEqual(before)
  expect(commitOf(core.publish(publish(1, { client: 'newcomer' })))).toHaveLength(1)
  core.committed(NOW_MS)
  core.greet('back', { interactive: 70_000 })
  expect(commitOf(core.publish(publish(70_000, { client: 'back' })))).toHaveLength(1)
})

test('a channel too many is refused, those known go on', () => {
  const core = newCore({ queueBytesMax: 10 ** 12 })
  const refusals: string[] = []
  let seq = 0
  while (refusals.length === 0) {
    refusals.push(...refusalsOf(core.publish(publish(++seq, { ch: `ch-${seq}` }))))
    if (refusals.length === 0) core.committed(NOW_MS)
    expect(seq).toBeLessThan(30_000)
  }
  expect(refusals).toEqual([`${seq} MP_OVERLOADED`])
  expect(refusalsOf(core.publish(publish(seq, { ch: 'ch-1' })))).toEqual([])
})

describe('a disk that stalls', () => {
  test('holds back only so many bytes, then publishes are refused as overload', () => {
    const core = newCore({ queueBytesMax: 10 ** 12 })
    const bytes = 64 * 1024
    let seq = 0
    let refusals: string[] = []
    while (refusals.length === 0 && seq < 4_096)
      refusals = refusalsOf(core.publish(publish(++seq, { bytes })))
    expect(refusals).toEqual([`${seq} MP_OVERLOADED`])
    expect(seq * bytes).toBeLessThanOrEqual(80 * 1024 * 1024)
  })

  test('is then written in commits of bounded size', () => {
    const core = newCore({ queueBytesMax: 10 ** 12 })
    for (let seq = 1; seq <= 500; seq++) core.publish(publish(seq, { bytes: 64 * 1024 }))
    let largest = 0
    for (let group = core.committed(NOW_MS); commitOf(group).length > 0; group = core.committed(NOW_MS)) {
      largest = Math.max(
        largest,
        commitOf(group).reduce((sum, { bytes }) => sum + bytes, 0),
      )
    }
    expect(largest).toBeGreaterThan(0)
    expect(largest).toBeLessThanOrEqual(2 * 1024 * 1024)
  })
})

test('a PoP whose log another has taken over finishes what it began, takes nothing more, and stays healthy', () => {
  const core = newCore()
  core.publish(publish(1))
  const stopped = core.uplinkInput({ is: 'fenced' }, NOW_MS)
  expect(stopped).toContainEqual({ do: 'fenced' })
  expect(core.committed(NOW_MS)).toContainEqual(
    expect.objectContaining({ do: 'ack', seq: 1, durable: 'disk' }),
  )
  expect(refusalsOf(core.publish(publish(2)))).toEqual(['2 MP_LOG_TAKEN_OVER'])
  expect(core.relayed(1, [publish(3)])).toEqual([{ do: 'relayed', position: 1, taken: false }])
  expect(core.broken).toBe(false)
})
