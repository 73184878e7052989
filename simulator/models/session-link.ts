// An access link as sessions use it: who is on it, and what each frame takes one way.
import type { Calibration } from '../calibration/calibration.ts'
import { oneWayMs, pageLinkMs, pageRounds } from '../calibration/link-time.ts'
import { frameBytes } from '../workload/frames.ts'
import type { AccessLink, RunPlan } from '../workload/run-plan.ts'
import type { PublishKind } from './held-publishes.ts'
import { accessVariation, type LinkVariation } from './link-variation.ts'

/** A link of the venue, and what it takes to carry each frame over it one way, ms. */
export interface Link {
  sessions: number
  rttMs: number
  ackMs: number
  messageMs: number
  publishMs: Record<PublishKind, number>
  pageMs: number
  /** Bytes of a page's images. */
  imageBytes: number
  /** Round trips of a page. */
  pageRounds: number
  /** null: it is always as above. */
  variation: LinkVariation | null
}

export function timesOf(link: AccessLink, { page, stage }: RunPlan, { pageBytes }: Calibration): Link {
  const imageBytes = pageBytes.images * (link.imageScale ?? 1)
  return {
    sessions: 0,
    rttMs: link.rttMs,
    ackMs: oneWayMs(link, frameBytes.ack),
    messageMs: oneWayMs(link, frameBytes.message),
    publishMs: {
      chat: oneWayMs(link, frameBytes.publish.chat),
      vote: oneWayMs(link, frameBytes.publish.vote),
    },
    pageMs: pageLinkMs(link, pageBytes.html, page.images, imageBytes),
    imageBytes,
    pageRounds: pageRounds(page.images),
    variation: stage === 'show' ? accessVariation(link.technology, link.signal) : null,
  }
}
