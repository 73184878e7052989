// The uplink's state machine: when to connect, what to send next, when to give a link up, when to try again.
// No clock, socket or disk of its own: inputs carry `nowMs`, the answer is a list of effects to perform.
import { LANES, type Lane } from '../protocol/lanes.ts'
import { LaneBacklog } from './lane-backlog.ts'
import { LaneScheduler } from './lane-scheduler.ts'

export interface UplinkSyncOptions {
  /** Most records in one batch. */
  batchRecords: number
  /** Most bytes in one batch; a single larger record travels alone. */
  batchBytes: number
  /** Most bytes sent and not yet applied: bounds what a critical message can be stuck behind. */
  windowBytes: number
  beatEveryMs: number
  /** Silence after which a connection is given up. */
  deadAfterMs: number
  /** From the first byte to central's `ready`. */
  connectTimeoutMs: number
  /** Least retry delay. Delays lie between it and a ceiling, twice it at first, that doubles up to the maximum. */
  retryMinMs: number
  retryMaxMs: number
}

export const UPLINK_DEFAULTS: UplinkSyncOptions = {
  batchRecords: 128,
  batchBytes: 16 * 1024,
  windowBytes: 64 * 1024,
  beatEveryMs: 1_000,
  deadAfterMs: 5_000,
  connectTimeoutMs: 3_000,
  retryMinMs: 200,
  retryMaxMs: 3_000,
}

export type UplinkInput =
  | { is: 'opened' }
  | { is: 'ready'; watermarks: Partial<Record<Lane, number>> }
  | { is: 'applied'; lane: Lane; through: number }
  | { is: 'gap'; lane: Lane; expected: number }
  | { is: 'beat' }
  /** Central found other messages under numbers that it has: the log went back in time. */
  | { is: 'rewound' }
  | { is: 'closed' }

export type UplinkEffect =
  | { do: 'connect' }
  | { do: 'disconnect'; why: string }
  | { do: 'hello' }
  | { do: 'send'; lane: Lane; first: number; count: number; bytes: number }
  | { do: 'beat'; n: number }
  | { do: 'applied'; lane: Lane; through: number }
  /** Central has records of this log that the log itself lost: the disk lied. Syncing stops for good. */
  | { do: 'regressed'; lane: Lane; central: number; local: number }
  /** Central has other messages under this log's numbers: it is an old copy of itself. Syncing stops for good. */
  | { do: 'rewound' }
  /** Central lost records that it had acknowledged and this log has let go. Tried again, for a central restored. */
  | { do: 'forgotten'; lane: Lane; central: number; applied: number }

type Phase = 'waiting' | 'connecting' | 'greeting' | 'live' | 'stopped'

interface InFlight {
  lane: Lane
  through: number
  bytes: number
}

export class UplinkSync {
  readonly lanes: Record<Lane, LaneBacklog>
  readonly #options: UplinkSyncOptions
  readonly #random: () => number
  readonly #scheduler = new LaneScheduler()
  #phase: Phase = 'waiting'
  #attempts = 0
  /** When to act next though nothing arrives: retry, beat or give up. */
  #wakeAtMs = 0
  #phaseSinceMs = 0
  #heardAtMs = 0
  #beatAtMs = 0
  #beats = 0
  #inFlight: InFlight[] = []
  #inFlightBytes = 0

  /** `random` returns [0, 1) and spreads the retries of many PoPs. */
  constructor(random: () => number, options: UplinkSyncOptions = UPLINK_DEFAULTS) {
    this.#random = random
    this.#options = options
    this.lanes = Object.fromEntries(LANES.map((lane) => [lane, new LaneBacklog()])) as Record<
      Lane,
      LaneBacklog
    >
  }

  get connected(): boolean {
    return this.#phase === 'live'
  }

  get wakeAtMs(): number {
    return this.#wakeAtMs
  }

  /** Records that central does not have yet. */
  get backlog(): number {
    return LANES.reduce((sum, lane) => sum + this.lanes[lane].count, 0)
  }

  get backlogBytes(): number {
    return LANES.reduce((sum, lane) => sum + this.lanes[lane].bytes, 0)
  }

  /** A record became durable here and now waits for central. Call `pump` after the last of a group. */
  push(lane: Lane, bytes: number): void {
    this.lanes[lane].push(bytes)
  }

  input(input: UplinkInput, nowMs: number): UplinkEffect[] {
    if (this.#phase === 'stopped') return []
    this.#heardAtMs = nowMs
    switch (input.is) {
      case 'opened':
        if (this.#phase !== 'connecting') return []
        this.#phase = 'greeting'
        return [{ do: 'hello' }]
      case 'ready': {
        if (this.#phase !== 'greeting') return []
        for (const lane of LANES) {
          const central = input.watermarks[lane] ?? 0
          const { applied, last: local } = this.lanes[lane]
          if (central > local) return this.#stop({ do: 'regressed', lane, central, local })
          if (central < applied) return this.#forgotten(lane, central, nowMs)
        }
        this.#phase = 'live'
        this.#beatAtMs = nowMs
        const effects = LANES.flatMap((lane) => this.#restart(lane, input.watermarks[lane] ?? 0))
        return [...effects, ...this.pump(nowMs)]
      }
      case 'applied':
        this.#attempts = 0
        return [...this.#applied(input.lane, input.through), ...this.pump(nowMs)]
      case 'gap':
        return this.#gap(input.lane, input.expected, nowMs)
      case 'beat':
        this.#attempts = 0
        return this.pump(nowMs)
      case 'rewound':
        return this.#stop({ do: 'rewound' })
      case 'closed':
        if (this.#phase !== 'waiting') this.#retryLater(nowMs)
        return []
    }
  }

  /** Call at `wakeAtMs` or later; harmless earlier. */
  wake(nowMs: number): UplinkEffect[] {
    const { connectTimeoutMs, deadAfterMs, beatEveryMs } = this.#options
    switch (this.#phase) {
      case 'waiting':
        if (nowMs < this.#wakeAtMs) return []
        this.#phase = 'connecting'
        this.#attempts++
        this.#phaseSinceMs = nowMs
        this.#wakeAtMs = nowMs + connectTimeoutMs
        return [{ do: 'connect' }]
      case 'connecting':
      case 'greeting':
        if (nowMs < this.#phaseSinceMs + connectTimeoutMs) return []
        this.#retryLater(nowMs)
        return [{ do: 'disconnect', why: 'no answer from central' }]
      case 'live':
        if (nowMs >= this.#heardAtMs + deadAfterMs) {
          this.#retryLater(nowMs)
          return [{ do: 'disconnect', why: 'central is silent' }]
        }
        if (nowMs < this.#beatAtMs + beatEveryMs) {
          this.#planBeat()
          return []
        }
        this.#beatAtMs = nowMs
        this.#planBeat()
        return [{ do: 'beat', n: ++this.#beats }]
      case 'stopped':
        return []
    }
  }

  /** Sends what the window allows, highest lane first by share. */
  pump(nowMs: number): UplinkEffect[] {
    if (this.#phase !== 'live') {
      return this.#phase === 'waiting' && nowMs >= this.#wakeAtMs ? this.wake(nowMs) : []
    }
    const effects: UplinkEffect[] = []
    const { batchRecords, batchBytes, windowBytes } = this.#options
    while (this.#inFlightBytes < windowBytes) {
      const lane = this.#scheduler.next((candidate) => this.lanes[candidate].unsent)
      if (lane === null) break
      const backlog = this.lanes[lane]
      const { count, bytes } = backlog.batch(batchRecords, batchBytes)
      effects.push({ do: 'send', lane, first: backlog.sent + 1, count, bytes })
      backlog.sent += count
      this.#scheduler.sent(lane, bytes)
      this.#inFlight.push({ lane, through: backlog.sent, bytes })
      this.#inFlightBytes += bytes
    }
    this.#planBeat()
    return effects
  }

  #applied(lane: Lane, through: number): UplinkEffect[] {
    this.#forget((batch) => batch.lane === lane && batch.through <= through)
    return this.lanes[lane].advance(through)
      ? [{ do: 'applied', lane, through: this.lanes[lane].applied }]
      : []
  }

  /**
   * Every batch behind the missing one is refused too, and answers do not say which batch they are for: only a new
   * connection tells what is on its way from what was. Gaps come from faults of central alone, so it may cost a retry.
   */
  #gap(lane: Lane, expected: number, nowMs: number): UplinkEffect[] {
    if (expected <= this.lanes[lane].applied) return this.#forgotten(lane, expected - 1, nowMs)
    this.#retryLater(nowMs)
    return [{ do: 'disconnect', why: `central misses records of lane ${lane} from ${expected} on` }]
  }

  #restart(lane: Lane, watermark: number): UplinkEffect[] {
    const effects = this.#applied(lane, watermark)
    this.lanes[lane].sent = this.lanes[lane].applied
    return effects
  }

  #forget(done: (batch: InFlight) => boolean): void {
    this.#inFlight = this.#inFlight.filter((batch) => {
      if (!done(batch)) return true
      this.#inFlightBytes -= batch.bytes
      return false
    })
  }

  #planBeat(): void {
    const { beatEveryMs, deadAfterMs } = this.#options
    this.#wakeAtMs = Math.min(this.#beatAtMs + beatEveryMs, this.#heardAtMs + deadAfterMs)
  }

  #stop(why: UplinkEffect): UplinkEffect[] {
    this.#phase = 'stopped'
    this.#wakeAtMs = Number.POSITIVE_INFINITY
    return [
      why,
      { do: 'disconnect', why: 'central has more or other records of this log than the log itself' },
    ]
  }

  #forgotten(lane: Lane, central: number, nowMs: number): UplinkEffect[] {
    this.#retryLater(nowMs)
    return [
      { do: 'forgotten', lane, central, applied: this.lanes[lane].applied },
      { do: 'disconnect', why: 'central lost records it had acknowledged' },
    ]
  }

  #retryLater(nowMs: number): void {
    const { retryMinMs, retryMaxMs } = this.#options
    const ceiling = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(Math.max(this.#attempts, 1), 20))
    this.#phase = 'waiting'
    this.#wakeAtMs = nowMs + retryMinMs + this.#random() * (ceiling - retryMinMs)
    this.#forget(() => true)
    for (const lane of LANES) this.lanes[lane].sent = this.lanes[lane].applied
  }
}
