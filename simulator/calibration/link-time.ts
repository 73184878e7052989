// How long the links of a run take by themselves: what calibration takes off and the twin adds back.
//
// The emulation decides the formulas. Toxiproxy delays data, not the TCP handshake, so an open connection costs
// no round trip; its bandwidth limit holds for one connection; both apply in each direction.

/** One direction of a link: bits that leave at `rateBps`, then half a round trip. */
export interface LinkShape {
  rateBps: number
  rttMs: number
}

/** Most images a browser loads at once from one host over HTTP/1.1. */
export const PAGE_CONNECTIONS = 6

/** ms for `bytes` to leave at `rateBps`. */
export function serializationMs(bytes: number, rateBps: number): number {
  return (bytes * 8000) / rateBps
}

/** ms from the first bit sent to the last received, one way. */
export function oneWayMs(link: LinkShape, bytes: number): number {
  return serializationMs(bytes, link.rateBps) + link.rttMs / 2
}

/** Round trips of a page view: one for the HTML, one for each round of images. */
export function pageRounds(images: number): number {
  return 1 + Math.ceil(images / PAGE_CONNECTIONS)
}

/**
 * ms the link takes of a page view: the HTML, then its images over up to `PAGE_CONNECTIONS` connections that
 * share the link's rate. Rounds of images cost a round trip each; requests are too short to count.
 */
export function pageLinkMs(link: LinkShape, htmlBytes: number, images: number, imageBytes: number): number {
  return pageRounds(images) * link.rttMs + serializationMs(htmlBytes + imageBytes, link.rateBps)
}
