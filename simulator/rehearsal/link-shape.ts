// A link as Toxiproxy can emulate it: whole KB/s, whole ms, and so many connections of a browser.
import { PAGE_CONNECTIONS } from '../calibration/link-time.ts'

/** Where clients of a link connect, `host:port`. */
export interface AccessAddresses {
  /** Sessions and the page itself, at the link's rate. */
  session: string
  /** Images: each connection has its share of the link's rate, see `imageConnections`. */
  images: string
}

/** Toxiproxy counts in KB/s, that is bytes per ms, and takes 0 for a stalled link. */
const RATE_MIN = 1

/** How many connections load `images` images at once, as a browser does over HTTP/1.1. */
export function imageConnections(images: number): number {
  return Math.max(1, Math.min(PAGE_CONNECTIONS, images))
}

/** Toxiproxy's rate for `rateBps`, bytes per ms: whole, at least 1. */
export function toxicRate(rateBps: number): number {
  return Math.max(RATE_MIN, Math.round(rateBps / 8_000))
}

/** The two directions' delays in whole ms; they sum to the round trip. */
export function toxicDelays(rttMs: number): Record<'upstream' | 'downstream', number> {
  const total = Math.round(rttMs)
  const upstream = Math.floor(total / 2)
  return { upstream, downstream: total - upstream }
}
