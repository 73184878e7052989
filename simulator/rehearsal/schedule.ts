// What the load script is told: the plan's sessions with the addresses they connect to.
import type { DrawnPlan, DrawnSession } from '../workload/run-plan.ts'
import { type AccessAddresses, imageConnections } from './link-shape.ts'

export interface ScheduledSession extends DrawnSession {
  /** `host:port` of the session's link, and of the connections that load its images. */
  session: string
  images: string
}

/** Settings of the load, in the environment variable `LOAD` as JSON. */
export interface Load {
  sessions: number
  /** ms between the generator being ready and the run's start: all VUs are under way by then. */
  leadMs: number
  /** ms after its end that a session waits for acknowledgements that are still missing. */
  drainMs: number
  /** A request that takes longer has failed. */
  requestTimeoutMs: number
  /** The whole load's limit from `leadMs` on: the last session's drain, and a page that it began at its end. */
  limitMs: number
  /** One delivery in this many is written down, chosen by offset. */
  deliveryEvery: number
  /** Paths of the page's images, with their width. */
  imagePaths: string[]
  imageConnections: number
}

const REQUEST_TIMEOUT_MS = 10_000

/** The load of a plan. `imagePaths`: one for each image of the page. */
export function loadOf(
  plan: Pick<DrawnPlan, 'sessions' | 'durationMs'>,
  imagePaths: string[],
  { leadMs, drainMs }: Pick<Load, 'leadMs' | 'drainMs'>,
): Load {
  const connections = imageConnections(imagePaths.length)
  const rounds = 1 + Math.ceil(imagePaths.length / connections)
  return {
    sessions: plan.sessions.length,
    leadMs,
    drainMs,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    limitMs: leadMs + plan.durationMs + drainMs + rounds * REQUEST_TIMEOUT_MS,
    deliveryEvery: deliveryEvery(plan),
    imagePaths,
    imageConnections: connections,
  }
}

/** Deliveries written down in one run, at most. */
export const DELIVERY_SAMPLES_MAX = 200_000

/** One in how many deliveries to keep, so that a run stays below `DELIVERY_SAMPLES_MAX`. */
export function deliveryEvery(plan: Pick<DrawnPlan, 'sessions'>): number {
  const byVenue = new Map<string, { sessions: number; chats: number }>()
  for (const { venue, actions } of plan.sessions) {
    const sum = byVenue.get(venue) ?? { sessions: 0, chats: 0 }
    sum.sessions++
    sum.chats += actions.filter(({ kind }) => kind === 'chat').length
    byVenue.set(venue, sum)
  }
  const most = [...byVenue.values()].reduce((total, { sessions, chats }) => total + sessions * chats, 0)
  return Math.max(1, Math.ceil(most / DELIVERY_SAMPLES_MAX))
}

/** The plan's sessions, each with the addresses of its link. */
export function scheduledSessions(
  plan: Pick<DrawnPlan, 'sessions'>,
  addresses: ReadonlyMap<string, AccessAddresses>,
): ScheduledSession[] {
  return plan.sessions.map((session) => {
    const address = addresses.get(session.link)
    if (address === undefined)
      throw new Error(`The plan has no link ${session.link}, which ${session.client} uses`)
    return { ...session, ...address }
  })
}
