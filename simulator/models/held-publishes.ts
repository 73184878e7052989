// What an attendee has published and has not been told is stored, oldest first. A list in the attendee itself: most hold none,
// few more than one, and an array would be made anew for each.
import type { Action } from '../workload/run-plan.ts'

export type PublishKind = Exclude<Action['kind'], 'page'>

export interface Held {
  seq: number
  kind: PublishKind
  /** Intended time of its first sending. */
  atMs: number
  refused: boolean
  /** The one that was published after it. */
  next: Held | null
}

export interface Holder {
  held: Held | null
}

export function hold(holder: Holder, publish: Held): void {
  let last = holder.held
  if (last === null) {
    holder.held = publish
    return
  }
  while (last.next !== null) last = last.next
  last.next = publish
}

export function letGo(holder: Holder, publish: Held): void {
  if (holder.held === publish) {
    holder.held = publish.next
    return
  }
  let before = holder.held
  while (before !== null && before.next !== publish) before = before.next
  if (before !== null) before.next = publish.next
}

/** null where it is no longer held. */
export function heldBy({ held }: Holder, seq: number): Held | null {
  let publish = held
  while (publish !== null && publish.seq !== seq) publish = publish.next
  return publish
}

export function countHeld({ held }: Holder): number {
  let count = 0
  for (let publish = held; publish !== null; publish = publish.next) count++
  return count
}
