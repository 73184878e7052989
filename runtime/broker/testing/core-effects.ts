// A PoP's state machine for tests, and what of its effects they look at.

import type { Lane } from '../../protocol/lanes.ts'
import type { LogRecord } from '../../queue/record.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { PopCore, type PopCoreOptions, type PopEffect, type PublishInput } from '../pop-core.ts'

export const NOW_MS = 1_000

export function newCore(options: Partial<PopCoreOptions> = {}): PopCore {
  return new PopCore({
    log: 'log-1',
    queueBytesMax: 1_000_000,
    random: seededRandom(1),
    ...options,
  })
}

export function publish(seq: number, more: Partial<PublishInput> = {}): PublishInput {
  return {
    client: 'ann',
    lane: 'interactive',
    seq,
    ch: 'room',
    at: 0,
    t: 0,
    ack: 'disk',
    body: seq,
    bytes: 100,
    ...more,
  }
}

export function commitOf(effects: readonly PopEffect[]): LogRecord[] {
  return effects.flatMap((effect) => (effect.do === 'commit' ? effect.records : []))
}

export function acksOf(effects: readonly PopEffect[]): string[] {
  return effects.flatMap((e) => (e.do === 'ack' ? [`${e.client} ${e.lane} ${e.seq} ${e.durable}`] : []))
}

export function refusalsOf(effects: readonly PopEffect[]): string[] {
  return effects.flatMap((e) => (e.do === 'refuse' ? [`${e.seq} ${e.code}`] : []))
}

/** Connects the uplink; central has what `watermarks` say. */
export function connect(core: PopCore, watermarks: Partial<Record<Lane, number>> = {}): PopEffect[] {
  return [
    ...core.wake(NOW_MS),
    ...core.uplinkInput({ is: 'opened' }, NOW_MS),
    ...core.uplinkInput({ is: 'ready', watermarks }, NOW_MS),
  ]
}
