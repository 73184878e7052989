// What is searched for a venue: only what an event file could say, and nothing of which the price or the worth is unknown.
import { expect, test } from 'vitest'
import { loadEvent } from '../../infra/event/load.ts'
import { EVENT, eventFolder } from '../../infra/event/test-event.ts'
import { loadPriceBook } from '../costs/price-book.ts'
import { optionsOf } from './venue-options.ts'

const REMOTE = 1

function optionsWith(change: (event: string) => string = (event) => event, venue = REMOTE) {
  const folder = eventFolder({ event: change(EVENT) })
  const event = loadEvent(`${folder}/event.yaml`)
  return {
    folder,
    event,
    ...optionsOf(event.venues[venue] as (typeof event.venues)[0], event.region, loadPriceBook()),
  }
}

test('the first is as the file says; each other one, written into the file, loads as what was tried', () => {
  const { folder, event, options } = optionsWith()
  const [own] = options
  expect(own).toMatchObject({ what: 't3.large burstable, credits standard', keys: [] })
  expect(options.length).toBeGreaterThan(10)
  for (const { keys, venue } of options) {
    const place = { file: 'plan' }
    const set = keys.map(({ path, value }) => ({ path: ['venues', venue.name, ...path], value, place }))
    expect(loadEvent(`${folder}/event.yaml`, { set }).venues[REMOTE]).toEqual(venue)
  }
  expect(event.venues[REMOTE]).toEqual(own?.venue)
})

test('machines are of one architecture and have room for the sessions', () => {
  const types = optionsWith().options.map(({ venue }) =>
    venue.pop.platform === 'ec2' ? venue.pop.instanceType : '',
  )
  expect(types).toContain('t3.small')
  expect(types).not.toContain('t3.micro')
  expect(types.filter((type) => /^[a-z]+\d+g/.test(type))).toEqual([])
})

test('a box is kept, and it is said why', () => {
  const { options, kept } = optionsWith(undefined, 0)
  expect(options).toHaveLength(1)
  expect(kept).toEqual([
    'the box of 4 cores: no rent is stated',
    'uplink: what a line of another rate costs is not stated',
  ])
})

test('a standby is kept, so that nothing is bought on the spot market', () => {
  const { options, kept } = optionsWith((event) =>
    event.replace('policy: burstable', 'policy: burstable, standby: warm'),
  )
  const pops = options.map(({ venue }) => venue.pop)
  expect(pops.every((pop) => pop.platform === 'ec2' && pop.standby === 'warm' && pop.policy !== 'spot')).toBe(
    true,
  )
  expect(kept.join()).toContain('standby')
})

test('a rented second line can be left out, the house’s own is kept', () => {
  const line = (rent: string) => (event: string) =>
    event.replace(
      /(\n {2}remote:\n)/,
      `$1    backupUplink: { name: lte, technology: 4g, rate: 20 Mbit/s, rtt: 50ms${rent} }\n`,
    )
  const without = (rent: string) =>
    optionsWith(line(rent)).options.filter(({ venue }) => venue.backupUplink === null)
  expect(without(', rentPerDay: 40 USD').length).toBeGreaterThan(0)
  expect(without('')).toEqual([])
})
