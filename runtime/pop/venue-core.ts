// The state machine of a venue's PoP, as its pop.json wants it: the same for the PoP and for the one that follows it.
import { randomUUID } from 'node:crypto'
import { ChannelRules } from '../broker/channel-rules.ts'
import { PopCore } from '../broker/pop-core.ts'
import { DOCUMENT_RULE, Documents } from '../documents/documents.ts'
import { venueParts } from '../features/venue-parts.ts'
import type { PopConfig } from '../pop-config.ts'
import type { Document } from '../protocol/uplink.ts'
import { Queries } from '../queries/queries.ts'
import { StandingAggregates } from '../queries/standing-aggregates.ts'
import { UPLINK_DEFAULTS } from '../queue/uplink-sync.ts'

export interface VenueCore {
  core: PopCore
  queries: Queries
  documents: Documents
}

export interface VenueCoreOptions {
  /** Identity of a new log. Default: a random one. */
  log?: string
  /** Of the log. Default 1. */
  term?: number
  /** Ways to central. */
  paths: number
  /** What this PoP has of them on its disk. */
  documents: readonly Document[]
  /** [0, 1), spreads retries. */
  random: () => number
}

/** The rules of pop.json, after those of channels that are the PoP's own. */
export function channelRules({ channels }: PopConfig): ChannelRules {
  return new ChannelRules([DOCUMENT_RULE, ...channels])
}

export function venueCore(config: PopConfig, options: VenueCoreOptions): VenueCore {
  const documents = new Documents(options.documents)
  const standing = new StandingAggregates(config.standing)
  const queries = new Queries(standing)
  const core = new PopCore({
    log: options.log ?? randomUUID(),
    ...(options.term !== undefined && { term: options.term }),
    queueBytesMax: config.queue.maxBytes,
    queueMaxAgeS: config.queue.maxAgeS,
    // One is encoded while the one before it is written.
    commitsInFlight: 2,
    uplink: { ...UPLINK_DEFAULTS, paths: options.paths },
    channels: channelRules(config),
    parts: [...venueParts(), documents, standing, queries],
    random: options.random,
  })
  return { core, queries, documents }
}
