// DNS names of the event: what each machine is called, from the zone in the event file.
import { PATHS, PORTS } from '../runtime/ports.ts'
import type { EventSpec } from './event/event.ts'

/** Seconds a resolver may keep a PoP's address: short, so that a swap in mid-show is seen. */
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

/** Names for what spans an event and a venue, e.g. a Kubernetes namespace. */
export function eventNamespace(event: EventSpec['name']): string {
  return `micropop-${event}`
}
