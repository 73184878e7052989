// One attendee where there is no PoP, as the model keeps it, and the frames of its connection.
import type { Hello, Subscribe, Subscribed, Welcome } from '../../runtime/protocol/session.ts'
import { SequenceSet } from '../models/sequence-set.ts'
import { type Action, CHANNELS, type SessionPlan } from '../workload/run-plan.ts'
import { type ActionCursor, cursorOf } from '../workload/session-draws.ts'
import type { AccessGroup } from './access-group.ts'

const hello: Hello = { t: 'hello', client: 'hall-0-1000', from: { interactive: 100 } }
const welcome: Welcome = { t: 'welcome', pop: 'central', acked: { interactive: 100 } }
const subscribe: Subscribe = { t: 'sub', ch: CHANNELS.chat, epoch: '0'.repeat(36), off: 10_000 }
const subscribed: Subscribed = {
  ...subscribe,
  t: 'subd',
  epoch: '0'.repeat(36),
  off: 10_000,
  recovered: true,
}
const sizeOf = (...frames: object[]) => frames.reduce((sum, frame) => sum + JSON.stringify(frame).length, 0)
/** Of a connection's frames, its subscription included. */
export const CONNECT_BYTES = { hello: sizeOf(hello, subscribe), welcome: sizeOf(welcome, subscribed) }

export type PublishKind = Exclude<Action['kind'], 'page'>

/** A publish that its attendee holds until it is acknowledged. */
export interface Unacked {
  seq: number
  kind: PublishKind
  atMs: number
}

export interface DirectAttendee {
  index: number
  session: SessionPlan
  group: AccessGroup
  here: boolean
  /** Welcome and not lost since. */
  up: boolean
  subscribed: boolean
  /** Since when there is no socket. */
  downSinceMs: number
  /** After a lost socket: when the client is welcomed again. */
  backMs: number
  actions: ActionCursor
  next: Action | null
  drops: Iterator<number>
  published: number
  acknowledged: SequenceSet
  unacked: Unacked[]
}

export function newAttendee(index: number, session: SessionPlan, group: AccessGroup): DirectAttendee {
  return {
    index,
    session,
    group,
    here: false,
    up: false,
    subscribed: false,
    downSinceMs: session.startMs,
    backMs: Number.NEGATIVE_INFINITY,
    actions: cursorOf(session.actions),
    next: null,
    drops: session.dropsAtMs[Symbol.iterator](),
    published: 0,
    acknowledged: new SequenceSet(),
    unacked: [],
  }
}
