// What devices attendees hold: how wide each asks for images, how often its socket is lost, and what that is for a mix.
import type { AccessClass, Device, EventSpec } from '../../infra/event/event.ts'
import { type LADDER, rungFor } from '../../runtime/assets/ladder.ts'
import { DROP_EVERY_MS } from '../models/attendee-client.ts'

/**
 * Widths are those of common screens, in CSS pixels, with their device pixel ratio: 360 × 800 at 3 (phones whose screen is
 * 1080 pixels wide), 768 × 1024 at 2 (the iPad with a Retina display), 1366 × 768 at 1. That a phone or tablet loses its
 * socket as often as the client model has it, and a laptop, which stays awake on its table, once in an hour, is stated.
 */
const DEVICES: Record<Device, { viewportPx: number; pixelRatio: number; dropEveryMs: number }> = {
  phone: { viewportPx: 360, pixelRatio: 3, dropEveryMs: DROP_EVERY_MS },
  tablet: { viewportPx: 768, pixelRatio: 2, dropEveryMs: DROP_EVERY_MS },
  laptop: { viewportPx: 1366, pixelRatio: 1, dropEveryMs: 60 * 60_000 },
}

/**
 * Mean bytes of an image as JPEG at each rung of the ladder: made by the PoP's own pipeline on 2026-11-30 from eight of a
 * rehearsal's sample images, 1,600 pixels wide, which no rung enlarges.
 */
const JPEG_BYTES: Record<(typeof LADDER)[number], number> = {
  160: 9_247,
  320: 25_645,
  640: 64_615,
  960: 112_012,
  1280: 168_984,
  1920: 252_607,
}

export function dropEveryMsOf({ device, dropEveryS }: Pick<AccessClass, 'device' | 'dropEveryS'>): number {
  if (dropEveryS !== undefined) return dropEveryS * 1000
  return device === undefined ? DROP_EVERY_MS : DEVICES[device].dropEveryMs
}

/** Time in which as many sockets of a mix are lost as it has, ms. */
export function meanDropEveryMs(access: readonly AccessClass[]): number {
  const stated = access.some(({ device, dropEveryS }) => device !== undefined || dropEveryS !== undefined)
  return stated ? 1 / access.reduce((sum, of) => sum + of.share / dropEveryMsOf(of), 0) : DROP_EVERY_MS
}

/**
 * Bytes of this class's images as a multiple of those at the width that the event's page has on a wide screen: an image
 * is as wide as the page has it or as the screen is, times the pixels in each of its own. 1 where nothing is stated.
 */
export function imageScaleOf(
  { device, imageWidth }: Pick<AccessClass, 'device' | 'imageWidth'>,
  page: EventSpec['page'],
): number {
  const width = imageWidth ?? (device === undefined ? page.imageWidth : askedWidth(device, page.imageWidth))
  return bytesAt(width) / bytesAt(page.imageWidth)
}

/** The same for a venue's mix. */
export function meanImageScale(access: readonly AccessClass[], page: EventSpec['page']): number {
  const stated = access.some(({ device, imageWidth }) => device !== undefined || imageWidth !== undefined)
  return stated ? access.reduce((sum, of) => sum + of.share * imageScaleOf(of, page), 0) : 1
}

function askedWidth(device: Device, imageWidth: number): number {
  const { viewportPx, pixelRatio } = DEVICES[device]
  return Math.min(imageWidth, viewportPx) * pixelRatio
}

function bytesAt(width: number): number {
  return JPEG_BYTES[rungFor(width) as (typeof LADDER)[number]]
}
