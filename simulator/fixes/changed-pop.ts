// Changes of a venue that more than one search makes, and how they are written in an event file.
import { loadCatalog } from '../../infra/catalog/catalog.ts'
import type { EventSpec, Venue } from '../../infra/event/event.ts'

/** The event with this venue in the place of the one of its name. */
export function withVenue(event: EventSpec, venue: Venue): EventSpec {
  return { ...event, venues: event.venues.map((of) => (of.name === venue.name ? venue : of)) }
}

/** Of the same family and offered in the region, the type whose memory is next; null where there is none. */
export function nextInFamily(name: string, region: string, which: 'smaller' | 'larger'): string | null {
  const { instanceTypes } = loadCatalog()
  const own = instanceTypes.get(name)?.memoryMib ?? null
  if (own === null) return null
  const sign = which === 'larger' ? 1 : -1
  const further = (memoryMib: number | null) => (memoryMib === null ? 0 : sign * (memoryMib - own))
  const family = name.split('.')[0]
  const found = [...instanceTypes.values()]
    .filter(
      (type) => type.name.split('.')[0] === family && type.vcpus !== null && type.regions.includes(region),
    )
    .filter(({ memoryMib }) => further(memoryMib) > 0)
    .toSorted((a, b) => further(a.memoryMib) - further(b.memoryMib))
  return found[0]?.name ?? null
}

/** The PoP with another queue; on EC2 its volume changes by as much. null: what its disk costs nobody knows. */
export function withQueue(
  pop: Venue['pop'],
  queueBytes: number,
): { pop: Venue['pop']; volumeBytes: number | null } {
  if (pop.platform === 'k3s' || pop.disk === 'instance-store')
    return { pop: { ...pop, queueBytes }, volumeBytes: null }
  const volumeBytes = pop.volumeBytes + queueBytes - pop.queueBytes
  return { pop: { ...pop, queueBytes, volumeBytes }, volumeBytes }
}

export function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${bytes / 1e6} MB` : `${bytes / 1e9} GB`
}
