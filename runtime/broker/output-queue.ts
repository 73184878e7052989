// What one session has yet to get while its link is slow: what the PoP itself says first, then its streams, the most
// urgent lane first. Bounded: a session that is too far behind for what its channels' rules may spare it is given up.
import { LANES } from '../protocol/lanes.ts'
import type { StreamMessage } from './message-frames.ts'
import type { OutputStream } from './output-stream.ts'
import type { SharedFrame } from './ws-frame.ts'

export class OutputQueue {
  readonly #bytesMax: number
  #control: SharedFrame[] = []
  #controlBytes = 0
  /** Values of which only the newest counts, by what they are values of. */
  readonly #values = new Map<string, SharedFrame>()
  /** By urgency; those of one lane take turns. */
  readonly #streams = LANES.map(() => new Set<OutputStream>())
  #waiting = 0
  #lost = false

  /** `bytesMax`: what may wait, bytes. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** True once the session must be given up: it resumes from its offsets. */
  get isLost(): boolean {
    return this.#lost
  }

  get isEmpty(): boolean {
    return (
      this.#control.length === 0 && this.#values.size === 0 && this.#streams.every(({ size }) => size === 0)
    )
  }

  /** Bytes waiting, of what counts as waiting. */
  get waitingBytes(): number {
    return this.#waiting + this.#controlBytes
  }

  control(frame: SharedFrame): void {
    this.#control.push(frame)
    this.#controlBytes += frame.plain.length
    if (this.#controlBytes > this.#bytesMax) this.#lost = true
  }

  /** Takes the place of an earlier value under this key that still waits. */
  value(key: string, frame: SharedFrame): void {
    this.#controlBytes += frame.plain.length - (this.#values.get(key)?.plain.length ?? 0)
    this.#values.set(key, frame)
    if (this.#controlBytes > this.#bytesMax) this.#lost = true
  }

  add(stream: OutputStream): void {
    this.#waiting += stream.waitingBytes
    this.#set(stream.urgency).add(stream)
  }

  remove(stream: OutputStream): void {
    this.#waiting -= stream.waitingBytes
    for (const streams of this.#streams) streams.delete(stream)
  }

  /** A new message of a stream that is behind. */
  offer(stream: OutputStream, message: StreamMessage): void {
    this.#change(stream, () => stream.offer(message))
    while (stream.canDegrade && stream.taken < this.#stepsDue(stream))
      this.#change(stream, () => stream.degrade())
    if (this.#waiting > this.#bytesMax) this.#spareAll()
    if (this.#waiting > this.#bytesMax) this.#lost = true
  }

  /**
   * Frames of at least one message and otherwise at most `bytes`, in the order in which they are to be sent. Empty where
   * nothing waits.
   */
  take(bytes: number): SharedFrame[] {
    const frames = this.#takeControl()
    let taken = frames.reduce((sum, frame) => sum + frame.plain.length, 0)
    for (const streams of this.#streams) {
      for (let stream = first(streams); stream && (taken < bytes || taken === 0); stream = first(streams)) {
        const next = this.#takeFrom(stream)
        if (next === 'lost') {
          this.#lost = true
          return frames
        }
        if (next === 'caught up') {
          stream.end()
          continue
        }
        for (const frame of next) {
          frames.push(frame)
          taken += frame.plain.length
        }
      }
    }
    return frames
  }

  #takeControl(): SharedFrame[] {
    const frames = [...this.#control, ...this.#values.values()]
    this.#control = []
    this.#values.clear()
    this.#controlBytes = 0
    return frames
  }

  /** To the end of its lane's turn, or out of the queue. */
  #takeFrom(stream: OutputStream): SharedFrame[] | 'caught up' | 'lost' {
    this.remove(stream)
    const next = stream.take()
    if (next !== 'caught up') this.add(stream)
    return next
  }

  /** With k steps, each is due when another 1/(k + 1) of what may wait is used up. */
  #stepsDue({ steps }: OutputStream): number {
    return Math.floor((this.#waiting / this.#bytesMax) * (steps + 1))
  }

  #spareAll(): void {
    for (const streams of this.#streams) {
      for (const stream of [...streams]) {
        while (stream.canDegrade) this.#change(stream, () => stream.degrade())
      }
    }
  }

  #change(stream: OutputStream, act: () => void): void {
    const before = stream.waitingBytes
    const urgency = stream.urgency
    act()
    this.#waiting += stream.waitingBytes - before
    if (stream.urgency !== urgency) {
      this.#set(urgency).delete(stream)
      this.#set(stream.urgency).add(stream)
    }
  }

  #set(urgency: number): Set<OutputStream> {
    return this.#streams[urgency] as Set<OutputStream>
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  return set.values().next().value
}
