// The PoP's decisions: what it acknowledges when, what it refuses, and what a client that comes back is told.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Durability, Lane } from '../protocol/lanes.ts'
import type { LogRecord } from '../queue/record.ts'
import { SEEN_WINDOW } from '../queue/seen.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { PopCore, type PopCoreOptions, type PopEffect, type PublishInput } from './pop-core.ts'

const NOW_MS = 1_000

function newCore(options: Partial<PopCoreOptions> = {}): PopCore {
  return new PopCore({
    log: 'log-1',
    queueBytesMax: 1_000_000,
    historyMessages: 100,
    historyBytes: 100_000,
    random: seededRandom(1),
    ...options,
  })
}

function publish(seq: number, more: Partial<PublishInput> = {}): PublishInput {
  return {
    client: 'ann',
    lane: 'interactive',
    seq,
    ch: 'room',
    at: 0,
    ack: 'disk',
    body: seq,
    bytes: 100,
    ...more,
  }
}

function commitOf(effects: readonly PopEffect[]): LogRecord[] {
  return effects.flatMap((effect) => (effect.do === 'commit' ? effect.records : []))
}

function acksOf(effects: readonly PopEffect[]): string[] {
  return effects.flatMap((e) => (e.do === 'ack' ? [`${e.client} ${e.lane} ${e.seq} ${e.durable}`] : []))
}

function refusalsOf(effects: readonly PopEffect[]): string[] {
  return effects.flatMap((e) => (e.do === 'refuse' ? [`${e.seq} ${e.code}`] : []))
}

/** Connects the uplink; central has what `watermarks` say. */
function connect(core: PopCore, watermarks: Partial<Record<Lane, number>> = {}): PopEffect[] {
  return [
    ...core.wake(NOW_MS),
    ...core.uplinkInput({ is: 'opened' }, NOW_MS),
    ...core.uplinkInput({ is: 'ready', watermarks }, NOW_MS),
  ]
}

describe('an acknowledgement', () => {
  test('of `disk` comes only once the commit is done', () => {
    const core = newCore()
    const admitted = core.publish(publish(1))
    expect(acksOf(admitted)).toEqual([])
    expect(commitOf(admitted)).toMatchObject([{ laneSeq: 1, off: 1, client: 'ann', seq: 1 }])
    expect(acksOf(core.committed(NOW_MS))).toEqual(['ann interactive 1 disk'])
  })

  test('of `memory` comes at once, and not again with the commit', () => {
    const core = newCore()
    expect(acksOf(core.publish(publish(1, { ack: 'memory' })))).toEqual(['ann interactive 1 memory'])
    expect(acksOf(core.committed(NOW_MS))).toEqual([])
  })

  test('of `central` comes once central has applied it', () => {
    const core = newCore()
    connect(core)
    core.publish(publish(1, { ack: 'central' }))
    expect(acksOf(core.committed(NOW_MS))).toEqual([])
    expect(acksOf(core.uplinkInput({ is: 'applied', lane: 'bulk', through: 9 }, NOW_MS))).toEqual([])
    expect(acksOf(core.uplinkInput({ is: 'applied', lane: 'interactive', through: 1 }, NOW_MS))).toEqual([
      'ann interactive 1 central',
    ])
  })

  test('of `central` comes with the next connection where the last one died before it', () => {
    const core = newCore()
    connect(core)
    core.publish(publish(1, { ack: 'central' }))
    core.publish(publish(2, { ack: 'central' }))
    core.committed(NOW_MS)
    core.committed(NOW_MS)
    core.uplinkInput({ is: 'closed' }, NOW_MS)
    core.wake(core.wakeAtMs)
    core.uplinkInput({ is: 'opened' }, NOW_MS)
    expect(acksOf(core.uplinkInput({ is: 'ready', watermarks: { interactive: 1 } }, NOW_MS))).toEqual([
      'ann interactive 1 central',
    ])
  })

  test('of `central` comes after a restart too, for those whose commit was not yet synced', () => {
    const before = newCore()
    const first = before.checkpoint()
    const records = commitOf(before.publish(publish(1, { ack: 'central' })))
    const after = newCore({ log: 'another' })
    after.replay({ checkpoint: first })
    for (const message of records) after.replay({ message })
    expect(after.epoch).toBe('log-1')
    expect(acksOf(connect(after, { interactive: 1 }))).toEqual(['ann interactive 1 central'])
  })
})

describe('a message sent again', () => {
  test('while it waits for the disk is not taken twice, and is acknowledged once', () => {
    const core = newCore()
    core.publish(publish(1))
    core.publish(publish(2))
    expect(core.publish(publish(1))).toEqual([])
    expect(core.publish(publish(2))).toEqual([])
    const committed = core.committed(NOW_MS)
    expect(acksOf(committed)).toEqual(['ann interactive 1 disk'])
    expect(commitOf(committed).map(({ seq }) => seq)).toEqual([2])
    expect(acksOf(core.committed(NOW_MS))).toEqual(['ann interactive 2 disk'])
    expect(core.counters).toMatchObject({ published: 4, duplicates: 2, committed: 2 })
  })

  test('once it is on disk is acknowledged again and changes nothing', () => {
    const core = newCore()
    core.publish(publish(1))
    core.committed(NOW_MS)
    expect(core.publish(publish(1))).toEqual([
      { do: 'ack', client: 'ann', lane: 'interactive', seq: 1, durable: 'disk' },
    ])
    expect(core.uplink.backlog).toBe(1)
  })

  test('while it waits for central waits on, and is acknowledged once', () => {
    const core = newCore()
    connect(core)
    core.publish(publish(1, { ack: 'central' }))
    core.committed(NOW_MS)
    expect(core.publish(publish(1, { ack: 'central' }))).toEqual([])
    expect(acksOf(core.uplinkInput({ is: 'applied', lane: 'interactive', through: 1 }, NOW_MS))).toEqual([
      'ann interactive 1 central',
    ])
  })

  test('after central has it is acknowledged as `central` to a client that waits for that', () => {
    const core = newCore()
    connect(core)
    core.publish(publish(1, { ack: 'central' }))
    core.committed(NOW_MS)
    core.uplinkInput({ is: 'applied', lane: 'interactive', through: 1 }, NOW_MS)
    expect(acksOf(core.publish(publish(1, { ack: 'central' })))).toEqual(['ann interactive 1 central'])
  })

  test('asking for more than before waits until central is sure to have it', () => {
    const core = newCore()
    connect(core)
    core.publish(publish(1))
    core.committed(NOW_MS)
    core.publish(publish(2))
    core.committed(NOW_MS)
    expect(core.publish(publish(1, { ack: 'central' }))).toEqual([])
    expect(acksOf(core.uplinkInput({ is: 'applied', lane: 'interactive', through: 2 }, NOW_MS))).toEqual([
      'ann interactive 1 central',
    ])
  })

  test('by the same number on another lane or by another client is new', () => {
    const core = newCore()
    core.publish(publish(1))
    core.committed(NOW_MS)
    expect(commitOf(core.publish(publish(1, { lane: 'bulk' })))).toHaveLength(1)
    core.committed(NOW_MS)
    expect(commitOf(core.publish(publish(1, { client: 'bob' })))).toHaveLength(1)
  })
})

describe('numbers', () => {
  test('of lanes and channels have no holes, whatever is published, committed and refused', () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          client: fc.constantFrom('ann', 'bob'),
          lane: fc.constantFrom<Lane>('critical', 'interactive', 'bulk'),
          ch: fc.constantFrom('room', 'stage', 'collect.poll'),
          ack: fc.constantFrom<Durability>('memory', 'disk', 'central'),
        }),
      },
      { weight: 2, arbitrary: fc.constant('committed' as const) },
      { weight: 1, arbitrary: fc.constant('full' as const) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const core = newCore()
        const seqs = new Map<string, number>()
        const durable: LogRecord[] = []
        let committing: LogRecord[] = []
        const take = (effects: PopEffect[]) => {
          const records = commitOf(effects)
          if (records.length > 0) {
            expect(committing).toEqual([])
            committing = records
          }
        }
        for (const next of steps) {
          if (next === 'committed' || next === 'full') {
            if (committing.length === 0) continue
            const done = committing
            committing = []
            if (next === 'committed') {
              durable.push(...done)
              take(core.committed(NOW_MS))
            } else take(core.commitFailed('full'))
          } else {
            const id = `${next.client} ${next.lane}`
            const seq = (seqs.get(id) ?? 0) + 1
            seqs.set(id, seq)
            take(core.publish(publish(seq, next)))
          }
        }
        for (const [key, position] of [
          ['lane', 'laneSeq'],
          ['ch', 'off'],
        ] as const) {
          for (const name of new Set(durable.map((record) => record[key]))) {
            const positions = durable
              .filter((record) => record[key] === name)
              .map((record) => record[position])
            expect(positions).toEqual(positions.map((_, i) => i + 1))
          }
        }
        expect(core.uplink.backlog).toBe(durable.length)
      }),
    )
  })
})

describe('delivery', () => {
  test('comes with the commit, in the order of the channel', () => {
    const core = newCore()
    core.publish(publish(1))
    core.publish(publish(2))
    core.publish(publish(1, { client: 'bob' }))
    const delivered: string[] = []
    for (const effects of [core.committed(NOW_MS), core.committed(NOW_MS)]) {
      for (const effect of effects) {
        if (effect.do === 'deliver') delivered.push(`${effect.record.off} ${effect.record.client}`)
      }
    }
    expect(delivered).toEqual(['1 ann', '2 ann', '3 bob'])
  })

  test('is left out for channels that collect, now and on resuming', () => {
    const core = newCore()
    core.publish(publish(1, { ch: 'collect.poll' }))
    expect(core.committed(NOW_MS).some((effect) => effect.do === 'deliver')).toBe(false)
    expect(core.uplink.backlog).toBe(1)
    expect(core.resume('collect.poll', { epoch: core.epoch, off: 0 }).missed).toEqual([])
    expect(core.checkpoint().channels).toEqual({ 'collect.poll': 1 })
  })
})

describe('resuming', () => {
  test('without an offset starts at the newest', () => {
    const core = newCore()
    core.publish(publish(1))
    core.committed(NOW_MS)
    expect(core.resume('room', null)).toEqual({ off: 1, recovered: true, missed: [] })
  })

  test('with the epoch of another log is not recovered', () => {
    const core = newCore()
    core.publish(publish(1))
    core.committed(NOW_MS)
    expect(core.resume('room', { epoch: 'log-0', off: 0 })).toEqual({ off: 1, recovered: false, missed: [] })
    expect(core.resume('room', { epoch: 'log-0', off: 1 }).recovered).toBe(false)
  })

  test('is never a silent gap, whatever was seen and however often the PoP restarted', () => {
    const restarts = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(restarts, fc.integer({ min: 1, max: 10 }), (counts, historyMessages) => {
        let core = newCore({ historyMessages })
        const log = [{ checkpoint: core.checkpoint() }] as Parameters<PopCore['replay']>[0][]
        const all: LogRecord[] = []
        for (const count of counts) {
          for (let i = 0; i < count; i++) {
            const records = commitOf(core.publish(publish(all.length + 1)))
            all.push(...records)
            log.push(...records.map((message) => ({ message })))
            core.committed(NOW_MS)
          }
          core = newCore({ historyMessages, log: `log-${counts.length}` })
          for (const entry of log) core.replay(entry)
          for (let off = 0; off <= all.length + 1; off++) {
            const { recovered, missed } = core.resume('room', { epoch: 'log-1', off })
            if (recovered) expect(missed).toEqual(all.slice(off))
            else expect(missed).toEqual([])
            expect(recovered).toBe(off <= all.length && all.length - off <= historyMessages)
          }
        }
      }),
    )
  })

  test('tells what is acknowledged without a hole, lane by lane', () => {
    const core = newCore()
    for (const [seq, lane] of [
      [1, 'bulk'],
      [2, 'bulk'],
      [4, 'bulk'],
      [2, 'state'],
    ] as const) {
      core.publish(publish(seq, { lane }))
      core.committed(NOW_MS)
    }
    expect(core.acked('ann')).toEqual({ bulk: 2 })
    expect(core.acked('nobody')).toEqual({})
  })
})

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
    expect(core.resume('room', null).off).toBe(0)
    expect(core.uplink.backlog).toBe(0)
  })

  test('goes on syncing what is durable', () => {
    const core = newCore()
    core.publish(publish(1))
    core.committed(NOW_MS)
    core.publish(publish(2))
    core.commitFailed('broken')
    expect(connect(core)).toContainEqual({ do: 'send', lane: 'interactive', first: 1, count: 1, bytes: 100 })
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
    expect(core.greet('ann', { interactive: 3 })).toEqual({ interactive: 2 })
    expect(refusalsOf(core.publish(publish(beyond)))).toEqual([])
    expect(acksOf(core.publish(publish(1)))).toEqual(['ann interactive 1 disk'])
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
