// The wire between a PoP and the second PoP that follows its log: JSON text frames over one WebSocket.
//
// A position is the number of records that the log has had so far. The follower says where it is, the leader sends
// what comes after, and the follower answers with the position up to which its own disk has everything.
import { isLane, type Lane } from '../protocol/lanes.ts'
import { isCount, parseObject } from '../protocol/parse-object.ts'
import type { FedEntry } from '../queue/log-feed.ts'
import type { Checkpoint } from '../queue/record.ts'

export const REPLICA_SUBPROTOCOL = 'micropop-replica.v1'
/** A checkpoint is the largest frame; the log writes none that is larger. */
export const LEADER_FRAME_BYTES_MAX = 64 * 1024 * 1024
export const FOLLOWER_FRAME_BYTES_MAX = 4 * 1024

/** First frame from the follower; `log` is null where it has none, `term` that of the PoP that it copied. */
export interface Follow {
  t: 'follow'
  event: string
  pop: string
  log: string | null
  position: number
  term: number
}

export interface Synced {
  t: 'synced'
  position: number
}

export type FollowerFrame = Follow | Synced

/** Answer to `follow`. With a checkpoint the follower starts a new log with it; without, it goes on where it is. */
export interface Start {
  t: 'start'
  log: string
  /** Of the leader: whoever takes its place has a higher one. */
  term: number
  checkpoint?: Checkpoint
}

export interface Entries {
  t: 'entries'
  /** Position before the first of them. */
  after: number
  entries: FedEntry[]
}

/** What central has: the follower may let it go too. Comes each second, also as a sign of life. */
export interface Beat {
  t: 'beat'
  applied: Partial<Record<Lane, number>>
}

export interface Refused {
  t: 'err'
  code: string
  why: string
}

export type LeaderFrame = Start | Entries | Beat | Refused

export type Parsed<Frame> = { ok: Frame } | { wrong: string }

const NAME = /^[A-Za-z0-9-]{1,64}$/

export function parseFollowerFrame(text: string): Parsed<FollowerFrame> {
  const parsed = parseObject(text)
  if ('wrong' in parsed) return parsed
  const { t, event, pop, log, position, term } = parsed.ok
  if (!isCount(position)) return { wrong: '`position` must be a whole number' }
  if (t === 'synced') return { ok: { t, position } }
  if (t !== 'follow') return { wrong: '`t` must be follow or synced' }
  if (!isName(event) || !isName(pop)) return { wrong: '`event` and `pop` must be names' }
  if (log !== null && !isName(log)) return { wrong: '`log` must be a log or null' }
  if (!isCount(term)) return { wrong: '`term` must be a whole number' }
  return { ok: { t, event, pop, log, position, term } }
}

/** The leader is trusted with what the log holds, for it is the log; its frames are checked for their kind. */
export function parseLeaderFrame(text: string): Parsed<LeaderFrame> {
  const parsed = parseObject(text)
  if ('wrong' in parsed) return parsed
  const frame = parsed.ok
  switch (frame.t) {
    case 'start':
      return isName(frame.log) && isCount(frame.term)
        ? { ok: frame as unknown as Start }
        : { wrong: 'a start without its log and term' }
    case 'entries':
      return isCount(frame.after) && Array.isArray(frame.entries)
        ? { ok: frame as unknown as Entries }
        : { wrong: 'entries without their position' }
    case 'beat':
      return { ok: { t: 'beat', applied: appliedOf(frame.applied) } }
    case 'err':
      return { ok: { t: 'err', code: String(frame.code), why: String(frame.why) } }
    default:
      return { wrong: '`t` must be start, entries, beat or err' }
  }
}

function appliedOf(value: unknown): Partial<Record<Lane, number>> {
  const given = Object.entries(typeof value === 'object' && value !== null ? value : {})
  return Object.fromEntries(given.filter(([lane, through]) => isLane(lane) && isCount(through)))
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value)
}
