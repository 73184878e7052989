// A part of the PoP that hangs on its log: state that derives from the records and nothing else, such as polls or
// standing aggregates. The core asks each part at the door, tells it of every record that became durable, and puts
// its snapshot into each checkpoint. A part is pure: no clock, no socket, no disk.
import type { AggregateValue } from '../protocol/filter.ts'
import type { Lane } from '../protocol/lanes.ts'
import type { PopFrame } from '../protocol/session.ts'
import type { LogRecord } from '../queue/record.ts'
import type { PublishInput } from './pop-io.ts'

export type PartEffect =
  /** The PoP itself publishes, acknowledged by nobody; the core gives it an identity. */
  | { do: 'publish'; lane: Lane; ch: string; body: unknown }
  /** To every session subscribed to the channel, not logged: it is lost where it is not received. */
  | { do: 'tell'; ch: string; frame: PopFrame }
  | { do: 'tell-client'; client: string; frame: PopFrame }
  /** The value of a live query has changed; `key` is `queryKey` of it. */
  | { do: 'result'; key: string; value: AggregateValue }

export interface Denial {
  /** `MP_…` */
  code: string
  why: string
}

/** `nowMs` is monotonic, as everywhere in the core; wall-clock time comes with records, as `t`. */
export interface Part {
  /** Of its snapshot in the checkpoint. */
  readonly name: string
  /** Earliest time at which `wake` has something to do; infinite where nothing is planned. */
  readonly wakeAtMs: number
  /** Why a publish is refused, or null. */
  admit(publish: PublishInput): Denial | null
  /** A record is durable. While the log is replayed `live` is false and the effects are dropped. */
  apply(record: LogRecord, live: boolean, nowMs: number): PartEffect[]
  /** A client's session subscribed to the channel, or ended that; of each pair once, however often it asks. */
  joined(client: string, ch: string, nowMs: number, tMs: number): PartEffect[]
  left(client: string, ch: string, nowMs: number, tMs: number): PartEffect[]
  /** `tMs`: the wall clock, ms since the Unix epoch. Also called once after the replay, before anything else. */
  wake(nowMs: number, tMs: number): PartEffect[]
  /** JSON, bounded. Restored before the first record is applied. */
  snapshot(): unknown
  restore(snapshot: unknown): void
}
