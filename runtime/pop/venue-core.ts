// The state machine of a venue's PoP, as its pop.json wants it: the same for the PoP and for the one that follows it.
import { randomUUID } from 'node:crypto'
import { ChannelRules } from '../broker/channel-rules.ts'
import { PopCore } from '../broker/pop-core.ts'
import { venueParts } from '../features/venue-parts.ts'
import type { PopConfig } from '../pop-config.ts'
import { Queries } from '../queries/queries.ts'
import { StandingAggregates } from '../queries/standing-aggregates.ts'

export interface VenueCore {
  core: PopCore
  queries: Queries
}

/** `random` returns [0, 1) and spreads retries. */
export function venueCore(config: PopConfig, random: () => number): VenueCore {
  const standing = new StandingAggregates(config.standing)
  const queries = new Queries(standing)
  const core = new PopCore({
    log: randomUUID(),
    queueBytesMax: config.queue.maxBytes,
    channels: new ChannelRules(config.channels),
    parts: [...venueParts(), standing, queries],
    random,
  })
  return { core, queries }
}
