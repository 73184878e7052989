// Attendees of a venue whose links are alike, and the way to central that they share.
import type { Calibration } from '../calibration/calibration.ts'
import { oneWayMs } from '../calibration/link-time.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import type { Random } from '../engine/random.ts'
import type { Recording } from '../recording.ts'
import { frameBytes } from '../workload/frames.ts'
import type { AccessLink, RunPlan } from '../workload/run-plan.ts'
import { Broadcasts } from './broadcasts.ts'
import type { PublishKind } from './direct-attendee.ts'
import { DirectPages } from './direct-pages.ts'
import type { VenueRouter } from './venue-router.ts'

/** Of a connection: TCP, then the WebSocket's upgrade. */
const CONNECT_ROUND_TRIPS = 2
export interface AccessGroup {
  access: AccessLink
  router: VenueRouter
  broadcasts: Broadcasts
  pages: DirectPages
  ackMs: number
  publishMs: Record<PublishKind, number>
}

export interface AccessGroupOptions {
  clock: EventQueue
  recording: Recording
  calibration: Calibration
  plan: RunPlan
  /** Messages of a channel that central keeps for those who are behind. */
  history: number
  random: Random
}

export function accessGroup(
  access: AccessLink,
  router: VenueRouter,
  options: AccessGroupOptions,
): AccessGroup {
  const { clock, recording, history, plan, calibration, random } = options
  const messageMs = oneWayMs(access, frameBytes.message)
  return {
    access,
    router,
    broadcasts: new Broadcasts({ clock, recording, router, messageMs, history }),
    pages: new DirectPages({
      clock,
      recording,
      router,
      access,
      images: plan.page.images,
      calibration,
      random,
    }),
    ackMs: oneWayMs(access, frameBytes.ack),
    publishMs: {
      chat: oneWayMs(access, frameBytes.publish.chat),
      vote: oneWayMs(access, frameBytes.publish.vote),
    },
  }
}

/** From a lost socket, or none, to a hello. */
export function connectMs({ access, router }: AccessGroup): number {
  return CONNECT_ROUND_TRIPS * (access.rttMs + router.rttMs)
}
