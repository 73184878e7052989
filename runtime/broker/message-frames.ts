// A message as session threads have it: what they sort and filter by, and its frames, which are made once however
// many sessions it is sent to, now or when they resume.
import type { Lane } from '../protocol/lanes.ts'
import type { Message } from '../protocol/session.ts'
import type { LogRecord } from '../queue/record.ts'
import { SharedFrame } from './ws-frame.ts'

/** A durable message on its way from the core to the session threads. */
export interface Delivery {
  ch: string
  part?: number
  off: number
  lane: Lane
  /** When it came to the PoP, ms since the Unix epoch. */
  t: number
  /** The frame that subscribers get, as JSON. */
  text: string
}

/** What a filter is evaluated on. */
export type MessageFields = Pick<Message, 'client' | 'at' | 'off' | 'body'> & { t: number }

export function deliveryOf({ ch, part, off, lane, t, client, body, at }: LogRecord): Delivery {
  const message: Message = { t: 'msg', ch, ...(part !== undefined && { part }), off, client, body, at }
  return { ch, ...(part !== undefined && { part }), off, lane, t, text: JSON.stringify(message) }
}

export class StreamMessage extends SharedFrame {
  readonly ch: string
  readonly part: number | undefined
  readonly off: number
  readonly lane: Lane
  readonly t: number
  /** Size of the plain frame's text, about: what history and queues count. */
  readonly bytes: number

  constructor({ ch, part, off, lane, t, text }: Delivery) {
    super(text)
    this.ch = ch
    this.part = part
    this.off = off
    this.lane = lane
    this.t = t
    this.bytes = text.length
  }

  /** Never degraded for a session that reads too slowly. */
  get isProtected(): boolean {
    return this.lane === 'control' || this.lane === 'critical'
  }

  /** What this was made of. */
  get delivery(): Delivery {
    const { ch, part, off, lane, t, text } = this
    return { ch, ...(part !== undefined && { part }), off, lane, t, text }
  }

  read(): MessageFields {
    const { client, at, off, body } = JSON.parse(this.text) as Message
    return { client, at, t: this.t, off, body }
  }
}
