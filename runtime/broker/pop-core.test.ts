// The PoP's decisions: what it acknowledges and delivers when, and what a client that comes back is told.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Durability, Lane } from '../protocol/lanes.ts'
import type { LogRecord } from '../queue/record.ts'
import type { PopEffect } from './pop-core.ts'
import { acksOf, commitOf, connect, NOW_MS, newCore, publish } from './testing/core-effects.ts'

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

  test('for which `memory` was enough is not said to be on disk for good: it may be shed', () => {
    const core = newCore()
    const state = publish(1, { ack: 'memory', lane: 'state' })
    core.publish(state)
    core.committed(NOW_MS)
    expect(acksOf(core.publish(state))).toEqual(['ann state 1 memory'])
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
    expect(core.checkpoint().channels).toEqual({ 'collect.poll': 1 })
  })
})

describe('what a client is told', () => {
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
