// What goes into the PoP's state machine and what comes out of it.
import type { Durability, Lane } from '../protocol/lanes.ts'
import type { LogRecord } from '../queue/record.ts'
import type { UplinkEffect } from '../queue/uplink-sync.ts'
import type { PartEffect } from './part.ts'
import type { ShedEffect } from './shedding.ts'

export interface PublishInput {
  client: string
  lane: Lane
  seq: number
  ch: string
  at: number
  /** When it came to the PoP, by the PoP's clock, ms since the Unix epoch. */
  t: number
  ack: Durability
  body: unknown
  /** Size on the wire. */
  bytes: number
  /** Decides the partition; default: the client. */
  key?: string
  /** The PoP that relayed it; missing for a publish at this one. */
  origin?: string
}

export type PopEffect =
  /**
   * Append these to the log and sync; answer with `committed` or `commitFailed`, in the order of the commits. Counted
   * from 1; no more than `commitsInFlight` wait for their answer.
   */
  | { do: 'commit'; records: LogRecord[]; commit: number }
  | { do: 'ack'; client: string; lane: Lane; seq: number; durable: Durability }
  | { do: 'refuse'; client: string; lane: Lane; seq: number; code: string; why: string }
  | { do: 'deliver'; record: LogRecord }
  /** A batch that another PoP relayed is on disk here; or it is not taken, and must be handed over again later. */
  | { do: 'relayed'; position: number; taken: boolean }
  | ShedEffect
  | Exclude<PartEffect, { do: 'publish' }>
  | UplinkEffect

/** One after the other; of most pairs one is empty, and then nothing is copied. */
export function together(first: PopEffect[], then: PopEffect[]): PopEffect[] {
  if (then.length === 0) return first
  return first.length === 0 ? then : first.concat(then)
}

export interface PopCounters {
  published: number
  duplicates: number
  refused: number
  committed: number
  commits: number
  /** Acknowledged `disk` though `replica` was asked for: there was no second PoP. */
  withoutReplica: number
  /** Messages of other PoPs taken, and those that this one has no memory left to tell apart. */
  relayed: number
  relayRefused: number
  /** Memory-acknowledged messages let go for want of room or for age, before central had them. */
  shed: number
}

export function noCounts(): PopCounters {
  return {
    published: 0,
    duplicates: 0,
    refused: 0,
    committed: 0,
    commits: 0,
    withoutReplica: 0,
    relayed: 0,
    relayRefused: 0,
    shed: 0,
  }
}
