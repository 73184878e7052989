// The access links of a venue's attendees, each with the share of them that is on it.
import type { EventSpec } from '../../infra/event/event.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import type { VenueTopology } from '../topology.ts'
import type { AccessLink } from './run-plan.ts'

/** Rate tiers of one access class: sessions split evenly over these quantiles of its measured throughput. */
const TIER_QUANTILES = [1 / 6, 1 / 2, 5 / 6]

export interface AccessTier {
  link: AccessLink
  share: number
}

/** Error: MP_TRACE_CLASS where the trace has no transfers of a class that the venue uses. */
export function accessTiers(
  event: Pick<EventSpec, 'accessTrace' | 'file'>,
  { venue, access }: Pick<VenueTopology, 'venue' | 'access'>,
): AccessTier[] {
  return access.flatMap(({ technology, signal, share }) => {
    const key = `${technology}/${signal}`
    const rates = event.accessTrace.ratesBps[key] ?? []
    const rttMs = event.accessTrace.rttMs[key]
    if (rates.length === 0 || rttMs === undefined) {
      throw new InvalidInput(
        'MP_TRACE_CLASS',
        `the access trace has no transfers for ${key}, which venue ${venue} uses`,
        `Use one of ${Object.keys(event.accessTrace.ratesBps).join(', ')}.`,
        { file: event.file },
      )
    }
    return TIER_QUANTILES.map((q, tier) => ({
      link: {
        id: `${venue}/${key}/${tier}`,
        venue,
        technology,
        signal,
        rateBps: rates[Math.floor(q * rates.length)] as number,
        rttMs,
      },
      share: share / TIER_QUANTILES.length,
    }))
  })
}
