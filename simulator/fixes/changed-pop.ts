// Changes of a PoP that more than one search makes, and how they are written in an event file.
import type { Venue } from '../../infra/event/event.ts'

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
