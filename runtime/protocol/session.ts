// The session wire: JSON text frames between an attendee's client and its PoP, subprotocol `micropop.v1`.
//
// A message's identity is (client, lane, seq), made once by the client; `seq` starts at 1 and has no holes
// within a lane. A client keeps what is not acknowledged and sends it again, under the same identity, after
// a reconnect; the PoP applies it once.
import type { Aggregate, AggregateValue, Filter } from './filter.ts'
import type { Durability, Lane } from './lanes.ts'
import type { ShowState } from './show.ts'

export const SESSION_SUBPROTOCOL = 'micropop.v1'

/** First frame of every session. `client` is the attendee's stable id (1 to 64 of `A-Za-z0-9_-`). */
export interface Hello {
  t: 'hello'
  client: string
  /** JWT whose `sub` is `client`, where the PoP asks for one. */
  token?: string
  /**
   * What the last `welcome` for this token gave: without it, a token that was used is refused as replayed. Before
   * there is one, better a secret of the client's own (22 characters or more, drawn at random), shown from the first
   * hello on: it too opens the token again, also where the first welcome was lost on the way.
   */
  resume?: string
  /**
   * The lowest seq of each lane that the client still holds or will use next: all below is settled for it, also
   * what this PoP never saw (acknowledged in memory before a crash, given up when refused, sent to another PoP).
   * Without it such a hole stays open, and messages far above it are refused with MP_OUT_OF_WINDOW. It takes effect
   * with the first publish from there on that is stored; a seq that was settled and not stored is then refused.
   */
  from?: Partial<Record<Lane, number>>
}

/**
 * Subscribes to a channel; with `epoch` and `off` (last offset seen) it resumes after that offset. A channel with
 * partitions has an order and offsets in each: `part` names one; without it the session gets all, each with its own
 * `subd`, and resumes each by a `sub` of its own.
 */
export interface Subscribe {
  t: 'sub'
  ch: string
  part?: number
  epoch?: string
  off?: number
  /** Only messages that match are sent; `skip` frames account for the rest, now and then. */
  where?: Filter
  /** Also tells who else is subscribed: how many, or their ids too. */
  presence?: 'count' | 'members'
}

export interface Unsubscribe {
  t: 'unsub'
  ch: string
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
  /** Messages with one key keep their order; decides the partition where the channel has several. Default: the client. */
  key?: string
}

/** Asks for an aggregate over a channel's messages; `live` tells it again whenever it has changed. */
export interface Query {
  t: 'query'
  /** The client's name for the answer, 1 to 64 of `A-Za-z0-9_-`. */
  id: string
  ch: string
  where?: Filter
  agg: Aggregate
  live?: boolean
}

export interface EndQuery {
  t: 'unquery'
  id: string
}

/** `t0`: the client's clock at sending, ms: three pongs or more make an estimate of the clocks' offset. */
export interface Ping {
  t: 'ping'
  n: number
  t0?: number
}

export type ClientFrame = Hello | Subscribe | Unsubscribe | Publish | Query | EndQuery | Ping

/** Answer to `hello`. `acked` is the highest seq of each lane up to which all that the client holds is stored. */
export interface Welcome {
  t: 'welcome'
  pop: string
  acked: Partial<Record<Lane, number>>
  /** Show it with the same token at the next hello. */
  resume?: string
}

/**
 * Answer to `sub`. `off` is the channel's newest offset. When `recovered` is true every message after the
 * offset that was asked for follows in order; when false the client missed some and must reload its view.
 */
export interface Subscribed {
  t: 'subd'
  ch: string
  part?: number
  epoch: string
  off: number
  recovered: boolean
}

export interface Message {
  t: 'msg'
  ch: string
  part?: number
  off: number
  client: string
  body: unknown
  at: number
  /** `body` is a merge patch (RFC 7396) of the last body received of this channel or partition. */
  delta?: true
}

/** Messages up to and including `through` are not sent to this session: what it asked for, or its link, excludes them. */
export interface Skip {
  t: 'skip'
  ch: string
  part?: number
  through: number
  /** `filter`: they do not match. The others: the session reads too slowly, and the channel's policy is this. */
  why: 'filter' | 'delta' | 'latest' | 'sampled'
}

/** With `from`, everything of the lane from `from` to `seq`. */
export interface Ack {
  t: 'ack'
  lane: Lane
  seq: number
  from?: number
  durable: Durability
}

/** `lane` and `seq` name the publish that was refused, where one was. `code` is an `MP_…` code. */
export interface Refusal {
  t: 'err'
  code: string
  why: string
  lane?: Lane
  seq?: number
  /** The query or channel that was refused. */
  id?: string
}

/** `t1` and `t2`: the PoP's clock at arrival and at sending, ms since the Unix epoch. */
export interface Pong {
  t: 'pong'
  n: number
  t0?: number
  t1?: number
  t2?: number
}

/** Who is subscribed to a channel: the whole list first (`all`), then changes. Lists are bounded, `count` is exact. */
export interface Presence {
  t: 'presence'
  ch: string
  count: number
  all?: string[]
  joined?: string[]
  left?: string[]
}

export interface Result {
  t: 'result'
  id: string
  /** Of the newest message in it, by partition; with `epoch` this orders results. */
  value: AggregateValue
}

/** What holds on a channel of the show, for who has just subscribed to it. Not one of its messages: it has no offset. */
export interface State {
  t: 'state'
  ch: string
  body: ShowState
}

/** An operator hid these messages: do not show them, also where they come again to who resumes. */
export interface Hidden {
  t: 'hide'
  ch: string
  part?: number
  offs: number[]
}

/** The PoP goes away: connect again, here or elsewhere, after `reconnectMs`. */
export interface Goodbye {
  t: 'goodbye'
  reconnectMs: number
  why: string
}

export type PopFrame =
  | Welcome
  | Subscribed
  | Message
  | Skip
  | Ack
  | Refusal
  | Pong
  | Presence
  | Result
  | State
  | Hidden
  | Goodbye

/** Channels whose name starts with this collect (polls, forms): stored and synced, not sent to subscribers. */
export const COLLECT_PREFIX = 'collect.'
/** Channels that operators run the show by: only who may `operate` publishes to them, on lane `control`. */
export const SHOW_PREFIX = 'show.'
