// What other PoPs relay, in the core: shown once in each client's order, answered to nobody, never refused for holes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogEntry } from '../queue/record.ts'
import { ChannelRules } from './channel-rules.ts'
import type { PopCore, PopEffect, PublishInput } from './pop-core.ts'
import { acksOf, commitOf, NOW_MS, newCore, publish, refusalsOf } from './testing/core-effects.ts'

const relayed = (seq: number, more: Partial<PublishInput> = {}) => publish(seq, { origin: 'annex', ...more })

function outcomes(effects: readonly PopEffect[]): string[] {
  return effects.flatMap((e) => (e.do === 'relayed' ? [`${e.position} ${e.taken}`] : []))
}

function delivered(effects: readonly PopEffect[]): number[] {
  return effects.flatMap((e) => (e.do === 'deliver' ? [e.record.seq] : []))
}

/** Commits until nothing waits; all effects, those of `first` among them. */
function settle(core: PopCore, first: readonly PopEffect[]): PopEffect[] {
  const all = [...first]
  for (let next = first; commitOf(next).length > 0; all.push(...next)) next = core.committed(NOW_MS)
  return all
}

test('a relayed message is delivered when it is on disk, stays off the uplink, and answers nobody', () => {
  const core = newCore()
  const effects = settle(core, core.relayed(7, [relayed(1), relayed(2)]))
  expect([delivered(effects), outcomes(effects), acksOf(effects)]).toEqual([[1, 2], ['7 true'], []])
  expect(commitOf(effects)).toMatchObject([
    { laneSeq: 0, off: 1, origin: 'annex' },
    { laneSeq: 0, off: 2 },
  ])
  expect([core.uplink.backlog, core.counters.relayed]).toEqual([0, 2])
})

test('what is relayed again, or was published here as well, is not shown twice', () => {
  const core = newCore()
  expect(delivered(settle(core, core.publish(publish(1))))).toEqual([1])
  expect(delivered(settle(core, core.relayed(1, [relayed(1), relayed(2)])))).toEqual([2])
  const again = core.relayed(2, [relayed(1), relayed(2)])
  expect([commitOf(again), outcomes(again)]).toEqual([[], ['2 true']])
})

test('a client that moves here and sends a relayed message again is told that it is on disk', () => {
  const core = newCore()
  settle(core, core.relayed(1, [relayed(1)]))
  const effects = core.publish(publish(1))
  expect([commitOf(effects), acksOf(effects)]).toEqual([[], ['ann interactive 1 disk']])
})

test('a client that moved here and says what it still holds does not hide what it sent before', () => {
  const core = newCore()
  settle(core, core.publish(publish(1)))
  core.greet('ann', { interactive: 4 })
  settle(core, core.publish(publish(4)))
  expect(
    delivered(
      settle(
        core,
        core.relayed(
          1,
          [1, 2, 3, 4].map((seq) => relayed(seq)),
        ),
      ),
    ),
  ).toEqual([2, 3])
})

test('holes hold nothing back: numbers far apart are taken, and one from a hole still comes, once', () => {
  const core = newCore()
  expect(delivered(settle(core, core.relayed(1, [relayed(5), relayed(90_000)])))).toEqual([5, 90_000])
  expect(delivered(settle(core, core.relayed(2, [relayed(70_000), relayed(5)])))).toEqual([70_000])
  expect(core.greet('ann', { interactive: 4 })).toEqual({})
  expect(acksOf(settle(core, core.publish(publish(4))))).toEqual(['ann interactive 4 disk'])
})

test('channels that stay at their PoP and those that only collect are passed over', () => {
  const local = { match: 'hall.*', partitions: 1, slow: [], upstream: 'all' as const, relay: false }
  const core = newCore({ channels: new ChannelRules([local]) })
  const batch = [relayed(1, { ch: 'hall.doors' }), relayed(2, { ch: 'collect.votes' }), relayed(3)]
  expect(delivered(settle(core, core.relayed(1, batch)))).toEqual([3])
})

describe('where there is no room', () => {
  test('in the queue, the batch is handed back', () => {
    const core = newCore()
    core.used(1_000_000)
    expect(core.relayed(1, [relayed(1)])).toEqual([{ do: 'relayed', position: 1, taken: false }])
    core.used(0)
    expect(outcomes(settle(core, core.relayed(1, [relayed(1)])))).toEqual(['1 true'])
  })

  test.each(['full', 'broken'] as const)(
    'on a disk that is %s, every open batch is handed back',
    (reason) => {
      const core = newCore()
      core.publish(publish(1))
      core.relayed(1, [relayed(1)])
      core.relayed(2, [relayed(2, { client: '@log-2' })])
      const effects = core.commitFailed(reason)
      expect(outcomes(effects)).toEqual(['1 false', '2 false'])
      expect(refusalsOf(effects)).toHaveLength(1)
    },
  )
})

test('after a restart, what was relayed is still known', () => {
  const core = newCore()
  const checkpoint = core.checkpoint()
  const records = commitOf(settle(core, core.relayed(1, [relayed(2), relayed(9)])))
  const again = newCore({ log: 'another' })
  const log: LogEntry[] = [{ checkpoint }, ...records.map((message) => ({ message }))]
  for (const entry of log) again.replay(entry)
  expect(delivered(settle(again, again.relayed(1, [relayed(2), relayed(3), relayed(9)])))).toEqual([3])
})

test('whatever way a message comes, from clients that move, restart of the PoP or not: shown once', () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ way: fc.constant('relay' as const), seq: fc.integer({ min: 1, max: 30 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ way: fc.constant('client' as const), seq: fc.integer({ min: 1, max: 30 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ way: fc.constant('hello' as const), seq: fc.integer({ min: 1, max: 30 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ way: 'restart' as const, seq: 0 }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let core = newCore()
      const shown: number[] = []
      const relays = new Set<number>()
      for (const [position, { way, seq }] of steps.entries()) {
        if (way === 'restart') {
          const checkpoint = JSON.parse(JSON.stringify(core.checkpoint()))
          core = newCore()
          core.replay({ checkpoint })
        } else if (way === 'hello') {
          core.greet('ann', { interactive: seq })
        } else {
          if (way === 'relay') relays.add(seq)
          const effects =
            way === 'relay' ? core.relayed(position, [relayed(seq)]) : core.publish(publish(seq))
          shown.push(...delivered(settle(core, effects)))
        }
      }
      expect(shown).toHaveLength(new Set(shown).size)
      for (const seq of relays) expect(shown).toContain(seq)
    }),
  )
})
