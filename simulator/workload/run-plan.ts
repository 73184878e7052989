// A run's plan: every session and action of a window of the show, fixed by a seed and given unchanged to the twin and to
// the live generator, so that the two can only differ in what the system does.
import type { AccessTechnology, Device, Signal } from '../../infra/event/event.ts'
import { COLLECT_PREFIX } from '../../runtime/protocol/session.ts'
import type { OutageWindow } from '../run-result.ts'

/** Attendees of a venue whose links are alike: one Toxiproxy proxy live, one batch of deliveries in the twin. */
export interface AccessLink {
  /** `venue/technology/signal/tier`, e.g. `hall/wifi_5GHz/strong/1`; the device before the tier where it is stated. */
  id: string
  venue: string
  technology: AccessTechnology
  signal: Signal
  /** Throughput of one session on this link, bit/s. */
  rateBps: number
  rttMs: number
  /** Absent: none is stated. */
  device?: Device
  /** Bytes of its images as a multiple of those at the page's width. Default: 1. */
  imageScale?: number
}

export type ActionKind = 'chat' | 'vote' | 'page'

export interface Action {
  /** Intended start, ms after the run's start. */
  atMs: number
  kind: ActionKind
}

/**
 * What an attendee does. Actions and drops are drawn from the session's own streams while they are read, the same ones
 * each time, so that a plan takes no more memory for a longer day.
 */
export interface SessionPlan {
  /** Stable id of the attendee, valid as `client` on the wire. */
  client: string
  venue: string
  link: string
  /** Connect and leave, ms after the run's start. */
  startMs: number
  endMs: number
  /** Ascending by time, all within [startMs, endMs]. */
  actions: Iterable<Action>
  /** When the attendee's socket drops (a phone that sleeps or roams) and its client reconnects and resumes. Ascending. */
  dropsAtMs: Iterable<number>
}

export interface LinkPlan {
  rateBps: number
  rttMs: number
}

export interface VenuePlan {
  name: string
  attendees: number
  sessions: number
  /** The venue's uplink, its rate scaled by sessions over attendees. */
  uplink: LinkPlan
  /** The second one, scaled alike; null where there is none. */
  backupUplink: LinkPlan | null
}

/**
 * Where a plan is run. `show`: on the event's machines and links. `rehearsal`: live on one machine, whose links do not
 * stall; the twin of a rehearsal has that machine and those links.
 */
export type Stage = 'show' | 'rehearsal'

export interface RunPlan {
  event: string
  stage: Stage
  seed: number
  /** Seconds after the first day's show start. */
  window: { startS: number; endS: number }
  durationMs: number
  venues: VenuePlan[]
  links: AccessLink[]
  sessions: SessionPlan[]
  /** Relative to the run's start, seconds. */
  outages: OutageWindow[]
  page: { images: number; imageWidth: number }
  /** Whether central gets them, by the event's channel rules; what it does not get stays at the PoP. */
  goesUp: Record<'chat' | 'vote', boolean>
}

/** A session whose actions and drops were all drawn: for what a file carries, or a live attendee is told. */
export interface DrawnSession extends SessionPlan {
  actions: Action[]
  dropsAtMs: number[]
}

/** A plan in full, of a window that is short enough to be performed live. */
export interface DrawnPlan extends RunPlan {
  sessions: DrawnSession[]
}

export function drawn(plan: RunPlan): DrawnPlan {
  const sessions = plan.sessions.map((session) => ({
    ...session,
    actions: [...session.actions],
    dropsAtMs: [...session.dropsAtMs],
  }))
  return { ...plan, sessions }
}

/** Channels every session subscribes to, and where its actions go. Votes collect: stored, not fanned out. */
export const CHANNELS = { chat: 'room.main', vote: 'collect.poll' } as const

/** A channel that collects is not sent to anybody. */
export const SUBSCRIBED: readonly string[] = Object.values(CHANNELS).filter(
  (ch) => !ch.startsWith(COLLECT_PREFIX),
)

/** Characters of text in a chat body and of filler in a vote body: sets the size of frames on both sides. */
export const BODY_CHARS: Record<'chat' | 'vote', number> = { chat: 120, vote: 24 }
