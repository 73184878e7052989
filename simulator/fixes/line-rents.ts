// What a line that the event has not would rent for, by the rents that its event file states for others.
import type { PicoUsd, Uplink, Venue } from '../../infra/event/event.ts'
import { decimalUsd } from '../../infra/units.ts'

export interface RentedLine {
  /** For `lineRents` of the venue. */
  rents: Venue['lineRents']
  /** As `rentPerDay` is written; null where none is known. */
  perDayText: string | null
  /** Why there is no rent; null: there is one. */
  unpriced: string | null
}

/**
 * The least rent that the file states for a line of the same technology which is at least as fast: a quote that
 * holds for what is asked. A rent is never scaled by the rate, for lines are not sold so.
 */
export function rentedAs(line: Uplink, venues: readonly Venue[]): RentedLine {
  const quotes = venues.flatMap(({ uplink, backupUplink, lineRents }) =>
    [uplink, backupUplink].flatMap((of) =>
      of === null || of.technology !== line.technology || of.rateBps < line.rateBps
        ? []
        : lineRents.filter(({ uplink: name }) => name === of.name).map(({ perDay }) => perDay),
    ),
  )
  const [first, ...others] = quotes
  if (first === undefined) {
    const unpriced = `no line over ${line.technology} of ${rateText(line.rateBps)} or more has a \`rentPerDay\` in the event file`
    return { rents: [], perDayText: null, unpriced }
  }
  const perDay = others.reduce<PicoUsd>((least, of) => (of < least ? of : least), first)
  return {
    rents: [{ uplink: line.name, perDay }],
    perDayText: `${decimalUsd(perDay)} USD`,
    unpriced: null,
  }
}

export function rateText(bps: number): string {
  return bps < 1e6 ? `${bps / 1e3} kbit/s` : `${bps / 1e6} Mbit/s`
}
