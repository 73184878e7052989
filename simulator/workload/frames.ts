// How large the frames of the workload are on the wire, made by building one of each: no size is written twice.
import type { Ack, Message, Publish } from '../../runtime/protocol/session.ts'
import type { Applied, Batch, Beat, UplinkHello, UplinkReady } from '../../runtime/protocol/uplink.ts'
import { BODY_CHARS, CHANNELS } from './run-plan.ts'

const AT = 1_796_290_000_000
const CLIENT = 'hall-0-1000'

/** Body of a publish as both the twin and the live generator mean it. */
export function bodyOf(kind: 'chat' | 'vote'): { text: string } {
  return { text: 'x'.repeat(BODY_CHARS[kind]) }
}

function publish(kind: 'chat' | 'vote'): Publish {
  return {
    t: 'pub',
    lane: 'interactive',
    seq: 100,
    ch: CHANNELS[kind],
    body: bodyOf(kind),
    at: AT,
    ack: 'disk',
  }
}

const message: Message = {
  t: 'msg',
  ch: CHANNELS.chat,
  off: 10_000,
  client: CLIENT,
  body: bodyOf('chat'),
  at: AT,
}
const ack: Ack = { t: 'ack', lane: 'interactive', seq: 100, durable: 'disk' }

const hello: UplinkHello = { t: 'uplink', event: 'hybrid-conference', pop: 'hall', log: '0'.repeat(36) }
const ready: UplinkReady = { t: 'ready', watermarks: { interactive: 10_000 } }
const applied: Applied = { t: 'applied', lane: 'interactive', through: 10_000 }
const beat: Beat = { t: 'beat', n: 1_000 }
const emptyBatch: Batch = { t: 'batch', lane: 'interactive', first: 10_000, records: [] }

/** Bytes of JSON text, without WebSocket and TCP headers. */
export const frameBytes = {
  publish: { chat: size(publish('chat')), vote: size(publish('vote')) },
  message: size(message),
  ack: size(ack),
  /** Frames of the uplink; a batch's records come on top of it. */
  uplink: {
    hello: size(hello),
    ready: size(ready),
    applied: size(applied),
    beat: size(beat),
    batch: size(emptyBatch),
  },
}

function size(frame: object): number {
  return JSON.stringify(frame).length
}
