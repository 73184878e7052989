// How large the frames of the workload are on the wire, made by building one of each: no size is written twice.
import type { Ack, Message, Publish } from '../../runtime/protocol/session.ts'
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

/** Bytes of JSON text, without WebSocket and TCP headers. */
export const frameBytes = {
  publish: { chat: size(publish('chat')), vote: size(publish('vote')) },
  message: size(message),
  ack: size(ack),
}

function size(frame: object): number {
  return JSON.stringify(frame).length
}
