// Deliveries from central to the subscribers on one kind of access link, a frame each across what they share. Missed ones are
// resumed from the channel's history, as far as that goes back.
import { NEVER_ACKED_MS } from '../models/attendee-client.ts'
import type { Recording } from '../recording.ts'
import { frameBytes } from '../workload/frames.ts'
import type { VenueRouter } from './venue-router.ts'

/** Frames that are one event: their latencies differ by what the link takes for these, and the middle one stands for all. */
const FRAMES_TOGETHER = 64

interface Broadcast {
  /** Intended time of the publish. */
  at: number
  /** Subscribers that are still to get it. */
  left: number
  /** Subscribers when it was sent. */
  of: number
}

export interface BroadcastsOptions {
  clock: { readonly nowMs: number }
  recording: Recording
  router: VenueRouter
  /** One way over the access link. */
  messageMs: number
  /** Messages that central keeps for those who are behind. */
  history: number
}

export class Broadcasts {
  readonly #of: BroadcastsOptions
  subscribers = 0
  deliveredBytes = 0
  /** Sent and not arrived at all, oldest first. */
  #onTheWay = new Set<Broadcast>()
  /** To be sent once the subscribers are back. */
  #missed: Broadcast[] = []
  #resumed = true

  constructor(options: BroadcastsOptions) {
    this.#of = options
  }

  send(at: number): void {
    const { subscribers } = this
    const { router, history } = this.#of
    if (subscribers === 0) return
    const broadcast = { at, left: subscribers, of: subscribers }
    if (!this.#resumed || !router.isOpen) this.#missed.push(broadcast)
    // Who is further behind than the history goes back is told that messages are missing.
    else if (this.#onTheWay.size >= history) this.#never(broadcast)
    else this.#send(broadcast)
  }

  /** The sockets are gone, and what was on its way. */
  lost(): void {
    this.#resumed = false
    this.#missed.unshift(...this.#onTheWay)
    this.#onTheWay = new Set()
  }

  /** The sockets are back. */
  resume(): void {
    if (this.#resumed) return
    this.#resumed = true
    const missed = this.#missed
    this.#missed = []
    const kept = missed.length - Math.min(missed.length, this.#of.history)
    for (const broadcast of missed.slice(0, kept)) this.#never(broadcast)
    for (const broadcast of missed.slice(kept)) this.#send(broadcast)
  }

  /** The run is over: what has not come now never will. */
  end(): void {
    for (const broadcast of [...this.#onTheWay, ...this.#missed]) this.#never(broadcast)
    this.#onTheWay.clear()
    this.#missed = []
  }

  #send(broadcast: Broadcast): void {
    const { router } = this.#of
    this.#onTheWay.add(broadcast)
    for (let left = broadcast.left; left > 0; left -= FRAMES_TOGETHER) {
      const frames = Math.min(left, FRAMES_TOGETHER)
      router.toAttendees(frames * frameBytes.message, () => this.#arrived(broadcast, frames))
    }
  }

  #arrived(broadcast: Broadcast, frames: number): void {
    const { clock, recording, router, messageMs } = this.#of
    const middleMs = (router.transmitMs(frameBytes.message) * (frames - 1)) / 2
    // Who has left since then has not seen it.
    const here = Math.min(frames, Math.round((frames * this.subscribers) / broadcast.of))
    if (here > 0)
      recording.latency('delivery', broadcast.at, clock.nowMs - middleMs + messageMs - broadcast.at, here)
    if (here < frames) recording.latency('delivery', broadcast.at, NEVER_ACKED_MS, frames - here)
    this.deliveredBytes += frames * frameBytes.message
    broadcast.left -= frames
    if (broadcast.left === 0) this.#onTheWay.delete(broadcast)
  }

  #never({ at, left }: Broadcast): void {
    if (left > 0) this.#of.recording.latency('delivery', at, NEVER_ACKED_MS, left)
  }
}
