// How often a spot machine is taken back is what the event states, else its type's band, else what is assumed.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadCatalog } from '../../infra/catalog/catalog.ts'
import type { Ec2Pop, EventSpec } from '../../infra/event/event.ts'
import { defaultUncertainty } from '../../infra/event/uncertainty-schema.ts'
import { eventWith, remoteVenue } from '../../infra/testing/events.ts'
import { ASSUMED_SHARE, type Ec2Venue, parseBands, spotBand, spotShareOf, spotShares } from './spot-share.ts'

const venueOf = (instanceType: string, more: Partial<Ec2Venue> = {}): Ec2Venue => {
  const pop: Ec2Pop = { ...(remoteVenue().pop as Ec2Pop), policy: 'spot', creditMode: null, instanceType }
  return { ...remoteVenue(), ...more, pop }
}
const event = eventWith({ region: 'eu-west-1', uncertainty: defaultUncertainty })
const stating = (interruptedPerMonth: number): EventSpec => ({
  ...event,
  uncertainty: { ...defaultUncertainty, spot: { ...defaultUncertainty.spot, interruptedPerMonth } },
})

const TYPES = [...loadCatalog().instanceTypes.values()]
const PAIRS = TYPES.flatMap(({ name, regions }) => regions.map((region) => [region, name] as const))

test('a type has the band of its region, with who said so and when', () => {
  // Source: the Spot Advisor's file as alexei-led/spotinfo has it at 5eedf20a, 2025-06-28.
  expect(spotShareOf(event, venueOf('m5.large'))).toEqual({
    ...{ region: 'eu-west-1', instanceType: 'm5.large', from: 'band', openEnded: false },
    ...{ least: 0.05, most: 0.1, expected: expect.closeTo(0.075, 12) },
    source: { id: 'spotadvisor_2025-06-28', date: '2025-06-28' },
  })
  expect(spotShareOf(event, venueOf('t4g.large'))).toMatchObject({ least: 0.2, openEnded: true })
})

test('what the event states holds for every type', () => {
  for (const type of ['m5.large', 't4g.large']) {
    expect(spotShareOf(stating(0.33), venueOf(type))).toMatchObject({
      ...{ least: 0.33, most: 0.33, expected: 0.33, from: 'stated', source: null },
    })
  }
})

test('without a band it is assumed: a type that the advisor lacks, and a place beside the region', () => {
  const [region, name] = PAIRS.find((pair) => spotBand(...pair) === null) ?? ['', '']
  const assumed = { expected: ASSUMED_SHARE, from: 'assumed', source: null }
  expect(spotShareOf({ ...event, region }, venueOf(name))).toMatchObject({ region, ...assumed })
  expect(spotShareOf(event, venueOf('m5.large', { placement: 'local-zone' }))).toMatchObject(assumed)
})

test('an event names each type of its spot machines once, and no other', () => {
  const venues = [venueOf('m5.large'), venueOf('m5.large', { name: 'second' }), remoteVenue({ name: 'kept' })]
  expect(spotShares({ ...event, venues }).map(({ instanceType }) => instanceType)).toEqual(['m5.large'])
})

test('bands are of types and regions of the catalogue, and nearly all of them have one', () => {
  const file = new URL('../costs/price-book/spot-interruptions.csv', import.meta.url)
  const bands = parseBands(readFileSync(file, 'utf8'), 'bands.csv')
  const known = new Set(PAIRS.map((pair) => pair.join(' ')))
  expect([...bands.keys()].filter((key) => !known.has(key))).toEqual([])
  expect(bands.size / known.size).toBeGreaterThan(0.95)
})

test('types over 20 % are 20 points above it in the mean, if shares thin out as they do below it', () => {
  const bands = PAIRS.flatMap((pair) => spotBand(...pair) ?? [])
  const above = (share: number) => bands.filter(({ least }) => least >= share).length / bands.length
  // Of an exponential distribution e^(−x / mean) are above x, and above any x the mean of the rest is as far again.
  for (const share of [0.05, 0.1, 0.15, 0.2]) {
    const mean = share / -Math.log(above(share))
    expect(mean, `from the share above ${share}`).toBeGreaterThan(0.17)
    expect(mean, `from the share above ${share}`).toBeLessThan(0.25)
  }
  const top = bands.find(({ openEnded }) => openEnded)
  const mean = 0.2 / -Math.log(above(0.2))
  expect(top).toMatchObject({ least: 0.2, most: 0.6 })
  expect(Math.abs(0.2 + mean - (0.2 + 0.6) / 2)).toBeLessThan(0.01)
})

test('a malformed table is refused with its line', () => {
  const header = 'instance_type,source,source_date,eu-west-1,eu-west-2'
  for (const [text, line] of [
    ['region,type', 1],
    [`${header}\nm5.large,advisor,2025-06-28,5`, 2],
    [`${header}\nm5.large,advisor,2025-06-28,5,7`, 2],
  ] as const) {
    expect(() => parseBands(text, 'bands.csv')).toThrow(
      expect.objectContaining({ code: 'MP_PRICE_BOOK_INVALID', place: { file: 'bands.csv', line } }),
    )
  }
})
