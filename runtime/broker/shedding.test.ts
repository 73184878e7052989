// When the core asks for shedding: before it must refuse, once at a time, and again only where the log has grown.
import { expect, test } from 'vitest'
import { PopCore, type PopEffect, type PublishInput } from './pop-core.ts'
import { Shedding } from './shedding.ts'

const MAX_BYTES = 1_000
const HOUR_S = 3_600

function shedding(maxAgeS = Number.POSITIVE_INFINITY): Shedding {
  return new Shedding({ queueBytesMax: MAX_BYTES, maxAgeS })
}

test('a queue below nine tenths is left alone', () => {
  expect(shedding().grown(899)).toEqual([])
})

test('from nine tenths on the log is asked to go back to eight, whatever the age', () => {
  const effect = { do: 'shed', before: Number.NEGATIVE_INFINITY, bytes: 800 }
  expect(shedding().grown(900)).toEqual([effect])
})

test('nothing more is asked until the log has answered', () => {
  const asking = shedding()
  asking.grown(900)
  expect(asking.grown(990)).toEqual([])
  asking.done()
  expect(asking.grown(1_030)).toHaveLength(1)
})

test('where nothing was left to shed, each commit does not ask again', () => {
  const asking = shedding()
  expect(asking.grown(900)).toHaveLength(1)
  asking.done()
  expect(asking.grown(920)).toEqual([])
  expect(asking.grown(932)).toHaveLength(1)
  asking.done()
  asking.grown(500)
  expect(asking.grown(900)).toHaveLength(1)
})

test('what is older than the queue keeps goes within a minute, whatever room there is', () => {
  const asking = shedding(HOUR_S)
  expect(asking.wakeAtMs).toBe(0)
  expect(asking.wake(5, 10_000_000)).toEqual([{ do: 'shed', before: 6_400_000, bytes: 900 }])
  asking.done()
  expect(asking.wakeAtMs).toBe(60_005)
  expect(asking.wake(60_004, 10_000_000)).toEqual([])
  expect(asking.wake(60_005, 10_060_000)).toHaveLength(1)
})

test('without an age nothing is planned', () => {
  expect(shedding().wakeAtMs).toBe(Number.POSITIVE_INFINITY)
})

test('the core asks when a commit fills the queue, counts what went, and sends it up as next to nothing', () => {
  const core = new PopCore({ log: 'log-1', queueBytesMax: MAX_BYTES, random: () => 0 })
  const publish: PublishInput = {
    ...{ client: 'ann', lane: 'bulk', seq: 1, ch: 'photos', at: 0, t: 0, ack: 'memory', body: 1, bytes: 500 },
  }
  core.publish(publish)
  core.used(950)
  const asked = (effects: PopEffect[]) => effects.filter((effect) => effect.do === 'shed')
  expect(asked(core.committed(0))).toEqual([{ do: 'shed', before: Number.NEGATIVE_INFINITY, bytes: 800 }])
  expect(core.uplink.lanes.bulk.bytes).toBe(500)
  core.shed([{ lane: 'bulk', laneSeq: 1, ch: 'photos', off: 1, client: 'ann', seq: 1 }])
  core.used(300, { control: 1, critical: 1, interactive: 1, state: 1, bulk: 1 })
  expect(core.counters.shed).toBe(1)
  expect(core.uplink.lanes.bulk).toMatchObject({ count: 1, bytes: 5 })
  expect(core.publish({ ...publish, seq: 2 })[0]).toMatchObject({ do: 'ack' })
})

test('a disk without room, though the queue has some, is given a fifth of the log back', () => {
  const asking = shedding()
  expect(asking.diskFull(500)).toEqual([{ do: 'shed', before: Number.NEGATIVE_INFINITY, bytes: 400 }])
  expect(asking.diskFull(500)).toEqual([])
  asking.done()
  expect(asking.diskFull(0)).toEqual([])
})
