// What a session that is behind has yet to get of one stream: read from the history at the session's pace, so that a
// slow session costs no memory, and thinned by the channel's rule where it falls too far behind.
import type { ChannelRule } from '../pop-config.ts'
import { LANES } from '../protocol/lanes.ts'
import type { Message, Skip } from '../protocol/session.ts'
import type { StreamHistory } from './channel-history.ts'
import { mergePatch } from './merge-patch.ts'
import type { StreamMessage } from './message-frames.ts'
import { SharedFrame } from './ws-frame.ts'

export type SlowStep = ChannelRule['slow'][number]

/** A session whose channel is `sampled` gets one of so many. */
export const SAMPLE_EVERY = 10
const LOWEST = LANES.length - 1

export interface OutputStreamOptions {
  ch: string
  part: number | undefined
  history: StreamHistory
  /** Offset up to which the session has everything. */
  after: number
  /** What it has before that: a delta builds on it. */
  sent: StreamMessage | null
  /** Steps of the channel's rule, in their order. */
  steps: readonly SlowStep[]
  where: ((message: StreamMessage) => boolean) | null
  /** It asked for what it missed: that counts as waiting only once it has caught up. */
  resuming: boolean
  /** The session has everything: told with the newest message that it was sent. */
  caughtUp: (sent: StreamMessage | null) => void
  /** A message is not sent, or only what changed in it, because of this. */
  spared: (step: SlowStep) => void
}

interface Thinned {
  /** Steps of the rule. */
  taken: number
  /** What is still to be sent. */
  kept: StreamMessage[]
  /** Newest offset of the stream. */
  newest: number
}

export class OutputStream {
  readonly #of: OutputStreamOptions
  /** All up to here is sent, or told as skipped, or does not match. */
  #at: number
  #sent: StreamMessage | null
  #waiting = 0
  #urgent: { lane: number; off: number }
  /** Null while the session gets everything. */
  #thinned: Thinned | null = null
  #why: SlowStep = 'latest'
  #count = 0

  constructor(options: OutputStreamOptions) {
    this.#of = options
    this.#at = options.after
    this.#sent = options.sent
    this.#urgent = this.#next()
  }

  /** Bytes of messages that wait for the session. */
  get waitingBytes(): number {
    return this.#waiting
  }

  /** Lane, as an index, of the most urgent message that waits. */
  get urgency(): number {
    return this.#urgent.lane
  }

  /** A message that the history has just taken. */
  offer(message: StreamMessage): void {
    const { where, resuming } = this.#of
    const wanted = !where || where(message)
    const lane = LANES.indexOf(message.lane)
    if (wanted && lane < this.#urgent.lane) this.#urgent = { lane, off: message.off }
    if (this.#thinned) {
      this.#thinned.newest = message.off
      if (wanted) this.#keep(message)
    } else if (wanted && !resuming) {
      this.#waiting += message.bytes
    }
  }

  /** Whether a step of the rule is left, of which `degrade` takes the next. */
  get canDegrade(): boolean {
    return (this.#thinned?.taken ?? 0) < this.#of.steps.length
  }

  /** Steps of the channel's rule. */
  get steps(): number {
    return this.#of.steps.length
  }

  /** Of them, taken so far. */
  get taken(): number {
    return this.#thinned?.taken ?? 0
  }

  end(): void {
    this.#of.caughtUp(this.#sent)
  }

  degrade(): void {
    const { history, where } = this.#of
    const waiting = this.#thinned?.kept ?? []
    if (!this.#thinned) {
      // What the history has let go meanwhile is skipped with the rest.
      for (let off = Math.max(this.#at + 1, history.oldest); off <= history.last; off++) {
        const message = history.at(off) as StreamMessage
        if (!where || where(message)) waiting.push(message)
      }
    }
    this.#thinned = { taken: this.taken + 1, kept: [], newest: history.last }
    this.#waiting = 0
    for (const message of waiting) this.#keep(message)
  }

  /**
   * The next message, with what tells of those spared before it. `lost` where the history no longer has what comes next, and the rule
   * of the channel lets nothing be skipped.
   */
  take(): SharedFrame[] | 'caught up' | 'lost' {
    if (this.#thinned) return this.#takeThinned()
    const { history, where } = this.#of
    for (;;) {
      if (this.#at >= history.last) return 'caught up'
      const message = history.at(this.#at + 1)
      if (!message) {
        if (!this.canDegrade) return 'lost'
        this.degrade()
        return this.take()
      }
      this.#at = message.off
      if (where && !where(message)) continue
      this.#waiting = Math.max(0, this.#waiting - message.bytes)
      this.#passed()
      this.#sent = message
      return [message]
    }
  }

  #takeThinned(): SharedFrame[] | 'caught up' {
    const { kept, newest } = this.#thinned as Thinned
    const message = kept.shift()
    const through = message ? message.off - 1 : newest
    const frames = through > this.#at ? [this.#skip(through)] : []
    this.#at = message?.off ?? through
    if (!message) return frames.length > 0 ? frames : 'caught up'
    this.#waiting -= message.bytes
    this.#passed()
    frames.push(this.#frameOf(message))
    this.#sent = message
    return frames
  }

  #skip(through: number): SharedFrame {
    const { ch, part } = this.#of
    const skip: Skip = { t: 'skip', ch, ...(part !== undefined && { part }), through, why: this.#why }
    return new SharedFrame(JSON.stringify(skip))
  }

  #frameOf(message: StreamMessage): SharedFrame {
    const builds = this.#has('delta') && !message.isProtected && this.#sent !== null
    const patch = builds ? mergePatch((this.#sent as StreamMessage).read().body, message.read().body) : null
    if (patch === null) return message
    const text = JSON.stringify({ ...(JSON.parse(message.text) as Message), body: patch, delta: true })
    return text.length < message.text.length ? new SharedFrame(text) : message
  }

  #has(step: SlowStep): boolean {
    return this.#of.steps.slice(0, this.taken).includes(step)
  }

  #keep(message: StreamMessage): void {
    const { kept } = this.#thinned as Thinned
    if (!message.isProtected) {
      if (this.#has('sampled') && ++this.#count % SAMPLE_EVERY !== 0) {
        this.#spare('sampled')
        return
      }
      const former = kept.findLastIndex(({ isProtected }) => !isProtected)
      const replaces = former >= 0 && this.#replaces(kept[former] as StreamMessage, message)
      if (replaces) {
        this.#waiting -= (kept.splice(former, 1)[0] as StreamMessage).bytes
        this.#spare(this.#has('latest') ? 'latest' : 'delta')
      }
    }
    kept.push(message)
    this.#waiting += message.bytes
  }

  #replaces(former: StreamMessage, message: StreamMessage): boolean {
    if (this.#has('latest')) return true
    return this.#has('delta') && carriesState(former) && carriesState(message)
  }

  #spare(step: SlowStep): void {
    this.#why = step
    this.#of.spared(step)
  }

  #passed(): void {
    if (this.#at >= this.#urgent.off) this.#urgent = this.#next()
  }

  /** The next message that waits, as the most urgent one. */
  #next(): { lane: number; off: number } {
    const next = this.#thinned?.kept[0] ?? this.#of.history.at(this.#at + 1)
    return next ? { lane: LANES.indexOf(next.lane), off: next.off } : { lane: LOWEST, off: 0 }
  }
}

/** A body that is an object. Before it in the frame are only names, which hold no quotation mark. */
function carriesState({ text }: StreamMessage): boolean {
  return text.startsWith('"body":{', text.indexOf('"body":'))
}
