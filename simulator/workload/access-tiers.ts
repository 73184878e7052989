// The access links of a venue's attendees, each with the share of them that is on it.
import type { EventSpec } from '../../infra/event/event.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import type { VenueTopology } from '../topology.ts'
import { imageScaleOf } from './devices.ts'
import type { AccessLink, Stage } from './run-plan.ts'

/** Rate tiers of one access class: sessions split evenly over these quantiles of its measured throughput. */
const TIER_QUANTILES = [1 / 6, 1 / 2, 5 / 6]

export interface AccessTier {
  link: AccessLink
  share: number
}

/** In a rehearsal all ask for images of the page's width. Error: MP_TRACE_CLASS where the trace has no transfers of a class that the venue uses. */
export function accessTiers(
  event: Pick<EventSpec, 'accessTrace' | 'file' | 'page'>,
  { venue, access }: Pick<VenueTopology, 'venue' | 'access'>,
  stage: Stage = 'show',
): AccessTier[] {
  return access.flatMap((of) => {
    const { technology, signal, share, device } = of
    const key = `${technology}/${signal}`
    const imageScale = stage === 'show' ? imageScaleOf(of, event.page) : 1
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
        id: `${venue}/${key}/${device === undefined ? '' : `${device}/`}${tier}`,
        venue,
        technology,
        signal,
        rateBps: rates[Math.floor(q * rates.length)] as number,
        rttMs,
        ...(device !== undefined && { device }),
        ...(imageScale !== 1 && { imageScale }),
      },
      share: share / TIER_QUANTILES.length,
    }))
  })
}
