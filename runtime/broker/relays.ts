// Messages that other PoPs relay: which of them are new here, and when those of a batch are on this PoP's disk.
import { COLLECT_PREFIX } from '../protocol/session.ts'
import type { ChannelRules } from './channel-rules.ts'
import type { CommitGroups } from './commit-groups.ts'
import type { Identities } from './identities.ts'
import type { PopCounters, PopEffect, PublishInput } from './pop-io.ts'

export interface RelayedInto {
  groups: CommitGroups
  identities: Identities
  channels: ChannelRules
  counters: PopCounters
  /** Whether the PoP can remember the offsets of the publish's stream. */
  hasRoomFor: (publish: PublishInput) => boolean
}

interface Batch {
  position: number
  /** Publishes admitted so far, those of the batch among them: when as many have ended, it is on disk. */
  through: number
}

/** Bounded by whoever relays: no more batches are handed over than its window holds. */
export class Relays {
  readonly #into: RelayedInto
  #open: Batch[] = []

  constructor(into: RelayedInto) {
    this.#into = into
  }

  take(position: number, publishes: readonly PublishInput[]): void {
    const { groups } = this.#into
    for (const publish of publishes) if (this.#isWanted(publish)) groups.add(publish)
    this.#open.push({ position, through: groups.added })
  }

  /** What is on disk by now. */
  settle(): PopEffect[] {
    const { ended } = this.#into.groups
    return this.#take(({ through }) => through <= ended, true)
  }

  /** A commit failed: every open batch may have been part of it, also where its message came from a client too. */
  fail(): PopEffect[] {
    return this.#take(() => true, false)
  }

  #take(done: (batch: Batch) => boolean, taken: boolean): PopEffect[] {
    if (this.#open.length === 0) return []
    const effects = this.#open
      .filter(done)
      .map(({ position }): PopEffect => ({ do: 'relayed', position, taken }))
    this.#open = this.#open.filter((batch) => !done(batch))
    return effects
  }

  #isWanted(publish: PublishInput): boolean {
    const { groups, identities, channels, counters, hasRoomFor } = this.#into
    const { ch, client, lane, seq } = publish
    if (ch.startsWith(COLLECT_PREFIX) || !channels.of(ch).relay || groups.has(publish)) return false
    const novelty = identities.look(client, lane, seq)
    if (novelty === 'duplicate') return false
    const room = novelty !== 'too-many-clients' && hasRoomFor(publish)
    if (room) counters.relayed++
    else counters.relayRefused++
    return room
  }
}
