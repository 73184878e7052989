// How many spot machines of a type AWS takes back in a month: what the event file states, else the type's published band.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Ec2Pop, EventSpec, Venue } from '../../infra/event/event.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import type { SpotShare } from './spot-share-result.ts'

export type Ec2Venue = Venue & { pop: Ec2Pop }
export type SpotBand = Pick<SpotShare, 'least' | 'most' | 'openEnded' | 'source'>

/**
 * Upper ends of the Spot Advisor's bands by their lower ones, percent of a month. The uppermost is "over 20 %": where it
 * ends is a rule of ours. Below it, every five points more leave about four types in five above them; if that goes on,
 * types over 20 % are 20 points above it in the mean, as they are when spread evenly from 20 to 60 %.
 * spot-share.test.ts works the 20 points out of the bands of all types.
 */
const BANDS: ReadonlyMap<string, number> = new Map([
  ['0', 5],
  ['5', 10],
  ['10', 15],
  ['15', 20],
  ['20', 60],
])
const OPEN_ENDED = '20'

/** Where no band is known. An assumption of ours, between the two uppermost bands. */
export const ASSUMED_SHARE = 0.2

const COLUMNS = ['instance_type', 'source', 'source_date']

let loaded: ReadonlyMap<string, SpotBand> | undefined

/** The newest band of a type in a region; null: none is known. */
export function spotBand(region: string, instanceType: string): SpotBand | null {
  loaded ??= readBands()
  return loaded.get(`${region} ${instanceType}`) ?? null
}

function readBands(): Map<string, SpotBand> {
  const file = fileURLToPath(new URL('../costs/price-book/spot-interruptions.csv', import.meta.url))
  return parseBands(readFileSync(file, 'utf8'), file)
}

/** Keyed `region type`. `file` is for error messages. Error: MP_PRICE_BOOK_INVALID. */
export function parseBands(text: string, file: string): Map<string, SpotBand> {
  const invalid = (line: number, message: string) =>
    new InvalidInput(
      'MP_PRICE_BOOK_INVALID',
      message,
      `Each row has ${COLUMNS.join(',')} and, for each region, where its band begins: ${[...BANDS.keys()].join(', ')}, or nothing.`,
      { file, line },
    )
  const [header = '', ...rows] = text.trimEnd().split('\n')
  const columns = header.split(',')
  const regions = columns.slice(COLUMNS.length)
  if (columns.slice(0, COLUMNS.length).join() !== COLUMNS.join())
    throw invalid(1, 'not the header of bands of interruption')
  const bands = new Map<string, SpotBand>()
  rows.forEach((row, index) => {
    const [type = '', id = '', date = '', ...cells] = row.split(',')
    if (cells.length !== regions.length)
      throw invalid(index + 2, `${cells.length} bands for ${regions.length} regions`)
    cells.forEach((least, i) => {
      if (least === '') return
      const most = BANDS.get(least)
      if (most === undefined) throw invalid(index + 2, `no band begins at ${least} %`)
      bands.set(`${regions[i]} ${type}`, {
        ...{ least: Number(least) / 100, most: most / 100, openEnded: least === OPEN_ENDED },
        source: { id, date },
      })
    })
  })
  return bands
}

/** Of the venue's own type: types that would do as well (`orTypes`) are not counted, as they are not in its price. */
export function spotShareOf(
  { region, uncertainty }: Pick<EventSpec, 'region' | 'uncertainty'>,
  venue: Ec2Venue,
): SpotShare {
  const { instanceType } = venue.pop
  const stated = uncertainty.spot.interruptedPerMonth
  const one = (share: number, from: SpotShare['from']): SpotShare => {
    const range = { least: share, most: share, openEnded: false, expected: share }
    return { region, instanceType, ...range, from, source: null }
  }
  if (stated !== null) return one(stated, 'stated')
  // Bands are those of the region's own zones.
  const band = venue.placement === 'region' ? spotBand(region, instanceType) : null
  if (band === null) return one(ASSUMED_SHARE, 'assumed')
  return { region, instanceType, ...band, expected: spotShareAt(band, 0.5), from: 'band' }
}

/** Where in its band a share stands at the level `u`, from 0 to 1: evenly. */
export function spotShareAt({ least, most }: Pick<SpotShare, 'least' | 'most'>, u: number): number {
  return least + (most - least) * u
}

/** Of an event's spot machines, each type once. */
export function spotShares(event: EventSpec): SpotShare[] {
  return distinctShares(event.venues.filter(isSpot).map((venue) => spotShareOf(event, venue)))
}

export function distinctShares(shares: readonly SpotShare[]): SpotShare[] {
  return [...new Map(shares.map((share) => [JSON.stringify(share), share])).values()]
}

export function isOnEc2(venue: Venue): venue is Ec2Venue {
  return venue.pop.platform === 'ec2'
}

export function isSpot(venue: Venue): venue is Ec2Venue {
  return isOnEc2(venue) && venue.pop.policy === 'spot'
}
