// The session wire: JSON text frames between an attendee's client and its PoP, subprotocol `micropop.v1`.
//
// A message's identity is (client, lane, seq), made once by the client; `seq` starts at 1 and has no holes
// within a lane. A client keeps what is not acknowledged and sends it again, under the same identity, after
// a reconnect; the PoP applies it once.
import type { Durability, Lane } from './lanes.ts'

export const SESSION_SUBPROTOCOL = 'micropop.v1'

/** First frame of every session. `client` is the attendee's stable id (1 to 64 of `A-Za-z0-9_-`). */
export interface Hello {
  t: 'hello'
  client: string
  /**
   * The lowest seq of each lane that the client still holds or will use next: all below is settled for it, also
   * what this PoP never saw (acknowledged in memory before a crash, given up when refused, sent to another PoP).
   * Without it such a hole stays open, and messages far above it are refused with MP_OUT_OF_WINDOW. It takes effect
   * with the first publish from there on that is stored; a seq that was settled and not stored is then refused.
   */
  from?: Partial<Record<Lane, number>>
}

/** Subscribes to a channel; with `epoch` and `off` (last offset seen) it resumes after that offset. */
export interface Subscribe {
  t: 'sub'
  ch: string
  epoch?: string
  off?: number
}

/** Publishes `body` (any JSON). `at` is the intended send time, ms since the Unix epoch by the client's clock. */
export interface Publish {
  t: 'pub'
  lane: Lane
  seq: number
  ch: string
  body: unknown
  at: number
  /** Default `disk`. */
  ack?: Durability
}

export interface Ping {
  t: 'ping'
  n: number
}

export type ClientFrame = Hello | Subscribe | Publish | Ping

/** Answer to `hello`. `acked` is the highest seq of each lane up to which all that the client holds is stored. */
export interface Welcome {
  t: 'welcome'
  pop: string
  acked: Partial<Record<Lane, number>>
}

/**
 * Answer to `sub`. `off` is the channel's newest offset. When `recovered` is true every message after the
 * offset that was asked for follows in order; when false the client missed some and must reload its view.
 */
export interface Subscribed {
  t: 'subd'
  ch: string
  epoch: string
  off: number
  recovered: boolean
}

export interface Message {
  t: 'msg'
  ch: string
  off: number
  client: string
  body: unknown
  at: number
}

export interface Ack {
  t: 'ack'
  lane: Lane
  seq: number
  durable: Durability
}

/** `lane` and `seq` name the publish that was refused, where one was. `code` is an `MP_…` code. */
export interface Refusal {
  t: 'err'
  code: string
  why: string
  lane?: Lane
  seq?: number
}

export interface Pong {
  t: 'pong'
  n: number
}

export type PopFrame = Welcome | Subscribed | Message | Ack | Refusal | Pong

/** Channels whose name starts with this collect (polls, forms): stored and synced, not sent to subscribers. */
export const COLLECT_PREFIX = 'collect.'
