// What hangs on the core: parts, the PoP's own publishes, partitions, channels that stay here, a second PoP.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogEntry } from '../queue/record.ts'
import { ChannelRules } from './channel-rules.ts'
import type { Part, PartEffect } from './part.ts'
import type { PopCore } from './pop-core.ts'
import { acksOf, commitOf, NOW_MS, newCore, publish, refusalsOf } from './testing/core-effects.ts'

/** Counts the messages of `room` and publishes each third count. */
class Tally implements Part {
  readonly name = 'tally'
  wakeAtMs = Number.POSITIVE_INFINITY
  count = 0
  readonly subscribers: string[] = []

  admit({ body }: { body: unknown }) {
    return body === 'rude' ? { code: 'MP_MUTED', why: 'be kind' } : null
  }

  apply({ ch }: { ch: string }, live: boolean): PartEffect[] {
    if (ch !== 'room') return []
    this.count++
    const told: PartEffect[] = [{ do: 'tell', ch, frame: { t: 'presence', ch, count: this.count } }]
    const third: PartEffect[] = [{ do: 'publish', lane: 'state', ch: 'tally', body: this.count }]
    return live ? [...told, ...(this.count % 3 === 0 ? third : [])] : []
  }

  joined(client: string): PartEffect[] {
    this.subscribers.push(client)
    return []
  }

  left(client: string): PartEffect[] {
    this.subscribers.splice(this.subscribers.indexOf(client), 1)
    return []
  }

  wake(): PartEffect[] {
    this.wakeAtMs = Number.POSITIVE_INFINITY
    return [{ do: 'publish', lane: 'state', ch: 'tally', body: 'woken' }]
  }

  snapshot(): unknown {
    return this.count
  }

  restore(snapshot: unknown): void {
    this.count = snapshot as number
  }
}

/** Publishes `count` messages, one after the other, and commits whatever follows from them. */
function commitAll(core: PopCore, count: number, from = 1) {
  return Array.from({ length: count }, (_, i) => {
    const all = []
    let records = commitOf(core.publish(publish(from + i)))
    while (records.length > 0) {
      all.push(...records)
      records = commitOf(core.committed(NOW_MS))
    }
    return all
  }).flat()
}

describe('a part', () => {
  test('refuses a publish at the door with its own code', () => {
    const core = newCore({ parts: [new Tally()] })
    expect(refusalsOf(core.publish(publish(1, { body: 'rude' })))).toEqual(['1 MP_MUTED'])
  })

  test('tells sessions, and what it publishes is committed next, under the identity of the log', () => {
    const core = newCore({ parts: [new Tally()] })
    commitAll(core, 2)
    core.publish(publish(3))
    const effects = core.committed(NOW_MS)
    expect(effects).toContainEqual({
      do: 'tell',
      ch: 'room',
      frame: { t: 'presence', ch: 'room', count: 3 },
    })
    expect(commitOf(effects)).toMatchObject([
      { client: '@log-1', lane: 'state', seq: 1, ch: 'tally', body: 3 },
    ])
    expect(acksOf(core.committed(NOW_MS))).toEqual([])
    expect(core.uplink.lanes.state.last).toBe(1)
  })

  test('is the same after a restart, from any checkpoint and the records behind it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }), (before, behind) => {
        const part = new Tally()
        const core = newCore({ parts: [part] })
        commitAll(core, before)
        const log: LogEntry[] = [{ checkpoint: core.checkpoint() }]
        log.push(...commitAll(core, behind, before + 1).map((message) => ({ message })))

        const restored = new Tally()
        const again = newCore({ parts: [restored], log: 'log-2' })
        for (const entry of log) again.replay(entry)
        expect(restored.count).toBe(part.count)
        // What lies before the oldest segment was applied at central, or it would be there.
        const { applied: _, ...rest } = core.checkpoint()
        expect(again.checkpoint()).toMatchObject(rest)
      }),
    )
  })

  test('has its publish tried again when the disk was full', () => {
    const part = new Tally()
    const core = newCore({ parts: [part] })
    part.wakeAtMs = NOW_MS
    expect(commitOf(core.wake(NOW_MS))).toMatchObject([{ body: 'woken', seq: 1 }])
    expect(core.commitFailed('full')).toEqual([])
    expect(commitOf(core.wake(NOW_MS + 1))).toMatchObject([{ body: 'woken', seq: 1 }])
  })

  test('has no publish tried again on a disk that has failed meanwhile', () => {
    const part = new Tally()
    const core = newCore({ parts: [part] })
    part.wakeAtMs = NOW_MS
    core.wake(NOW_MS)
    core.commitFailed('full')
    core.publish(publish(1))
    core.commitFailed('broken')
    expect(commitOf(core.wake(NOW_MS + 1))).toEqual([])
  })

  test('never publishes twice under one identity, whichever of its publishes a crash took', () => {
    const core = newCore({ parts: [new Tally()] })
    const log: LogEntry[] = [{ checkpoint: core.checkpoint() }]
    const wake = (of: PopCore) =>
      commitOf(of.act([{ do: 'publish', lane: 'state', ch: 'tally', body: 0 }], 0))
    wake(core)
    core.commitFailed('full')
    const [second] = wake(core)
    core.committed(NOW_MS)
    if (second) log.push({ message: second })

    const after = newCore({ parts: [new Tally()] })
    for (const entry of log) after.replay(entry)
    const numbers = [second?.seq]
    for (let i = 0; i < 3; i++) {
      numbers.push(wake(after)[0]?.seq)
      after.committed(NOW_MS)
    }
    expect(numbers).toEqual([2, 3, 4, 5])
    expect(after.checkpoint().seen).toMatchObject([{ through: 5, above: [] }])
  })

  test('hears who joins and leaves a channel', () => {
    const part = new Tally()
    const core = newCore({ parts: [part] })
    core.joined('ann', 'room', NOW_MS, NOW_MS)
    core.joined('bob', 'room', NOW_MS, NOW_MS)
    core.left('ann', 'room', NOW_MS, NOW_MS)
    expect(part.subscribers).toEqual(['bob'])
  })
})

describe('a channel with partitions', () => {
  const channels = new ChannelRules([
    { match: 'orders*', partitions: 4, slow: [], upstream: 'all', relay: true },
  ])

  test('keeps the order of each key, with offsets without holes in each partition', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 40 }), (keys) => {
        const core = newCore({ channels })
        const records = keys.flatMap((key, i) => {
          const [record] = commitOf(core.publish(publish(i + 1, { ch: 'orders', key: `k${key}` })))
          core.committed(NOW_MS)
          return record ?? []
        })
        const partOf = new Map<number, number>()
        const last = new Map<number, number>()
        for (const [i, { part = -1, off }] of records.entries()) {
          const key = keys[i] as number
          expect(partOf.get(key) ?? part).toBe(part)
          partOf.set(key, part)
          expect(off).toBe((last.get(part) ?? 0) + 1)
          last.set(part, off)
        }
        for (const [part, off] of last) expect(core.offset(`orders/${part}`)).toBe(off)
      }),
    )
  })

  test('is chosen by the client where a message has no key', () => {
    const core = newCore({ channels })
    const [first] = commitOf(core.publish(publish(1, { ch: 'orders' })))
    core.committed(NOW_MS)
    const [second] = commitOf(core.publish(publish(2, { ch: 'orders' })))
    expect([second?.part, second?.off]).toEqual([first?.part, 2])
  })
})

describe('a message that stays at the PoP', () => {
  const channels = new ChannelRules([
    { match: 'local.*', partitions: 1, slow: [], upstream: 'none', relay: true },
  ])

  test('is delivered and never goes up; who waits for central is told that it is on disk', () => {
    const core = newCore({ channels })
    core.publish(publish(1, { ch: 'local.chat', ack: 'central' }))
    const effects = core.committed(NOW_MS)
    expect(acksOf(effects)).toEqual(['ann interactive 1 disk'])
    expect(effects).toContainEqual(expect.objectContaining({ do: 'deliver' }))
    expect(core.uplink.backlog).toBe(0)
  })

  test('that is sent again is not said to be at central either', () => {
    const core = newCore({ channels })
    const note = publish(1, { ch: 'local.chat', ack: 'central' })
    core.publish(note)
    core.committed(NOW_MS)
    expect(acksOf(core.publish(note))).toEqual(['ann interactive 1 disk'])
  })

  test('leaves no hole in its lane', () => {
    const core = newCore({ channels })
    for (const [seq, ch] of ['room', 'local.chat', 'room'].entries()) core.publish(publish(seq + 1, { ch }))
    const first = core.committed(NOW_MS)
    expect(commitOf(first).map(({ laneSeq }) => laneSeq)).toEqual([0, 2])
  })
})

describe('a second PoP', () => {
  const replicated = (seq: number) => publish(seq, { ack: 'replica' })

  test('makes who asked for it wait until it has the commit', () => {
    const core = newCore()
    core.replica(true)
    core.publish(replicated(1))
    expect(acksOf(core.committed(NOW_MS))).toEqual([])
    expect(acksOf(core.publish(replicated(1)))).toEqual([])
    core.publish(replicated(2))
    core.committed(NOW_MS)
    expect(acksOf(core.replicated(1))).toEqual(['ann interactive 1 replica'])
    expect(acksOf(core.replicated(2))).toEqual(['ann interactive 2 replica'])
  })

  test('that is not there is not waited for, and the acknowledgement says so', () => {
    const core = newCore()
    core.publish(replicated(1))
    expect(acksOf(core.committed(NOW_MS))).toEqual(['ann interactive 1 disk'])
    expect(core.counters.withoutReplica).toBe(1)
  })

  test('that goes leaves nobody waiting', () => {
    const core = newCore()
    core.replica(true)
    core.publish(replicated(1))
    core.committed(NOW_MS)
    expect(acksOf(core.replica(false))).toEqual(['ann interactive 1 disk'])
    expect(core.counters.withoutReplica).toBe(1)
    expect(acksOf(core.replicated(1))).toEqual([])
  })
})
