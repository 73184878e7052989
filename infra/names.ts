// DNS names of the event: what each machine is called, from the zone in the event file.
import { createHash } from 'node:crypto'
import { PATHS, PORTS } from '../runtime/ports.ts'

/** Seconds a resolver may keep a PoP's address where the event does not say: short, so that a swap in mid-show is seen. */
export const DNS_TTL_S = 60

/** Central's uplink name: `central.EVENT.ZONE`. */
export function centralName(of: { event: string; zone: string }): string {
  return `central.${of.event}.${of.zone}`
}

/** A PoP's public name: `VENUE.EVENT.ZONE`. */
export function popName(of: { event: string; zone: string; venue: string }): string {
  return `${of.venue}.${of.event}.${of.zone}`
}

/** Where a PoP serves: sessions, pages and images. */
export function popUrl(of: { event: string; zone: string; venue: string; https: boolean }): string {
  if (of.https) return `https://${popName(of)}`
  return `http://${popName(of)}:${PORTS.pop}`
}

/** Central as people and tools reach it. */
export function centralUrl(of: { event: string; zone: string }): string {
  return `https://${centralName(of)}`
}

/** WebSocket URL of central's uplink, as every PoP dials it. TLS ends at central's load balancer. */
export function centralUplinkUrl(of: { event: string; zone: string }): string {
  return `wss://${centralName(of)}${PATHS.uplink}`
}

/** Of a namespace (RFC 1123). */
const NAMESPACE_CHARS_MAX = 63
const HASH_CHARS = 8

/**
 * Kubernetes namespace of a venue's PoP, and name of what it has that lies in no namespace: of its own, so that several
 * venues and events can share a cluster. A hash ends a name that would be too long.
 */
export function venueNamespace(of: { event: string; venue: string }): string {
  const name = `micropop-${of.event}-${of.venue}`
  if (name.length <= NAMESPACE_CHARS_MAX) return name
  const hash = createHash('sha256').update(`${of.event}/${of.venue}`).digest('hex').slice(0, HASH_CHARS)
  return `${name.slice(0, NAMESPACE_CHARS_MAX - HASH_CHARS - 1)}-${hash}`
}
