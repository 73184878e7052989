import { expect, test } from 'vitest'
import type { EventSpec, Outage, Sponsor } from '../../../infra/event/event.ts'
import { eventWith, hallVenue, remoteVenue } from '../../../infra/testing/events.ts'
import { WITHOUT_POPS } from '../outage/cut-off.ts'
import { lostToOutage, sponsorIncome } from './sponsor-income.ts'

const USD = 10n ** 12n
const CENT = USD / 100n

function sponsor(more: Partial<Sponsor> = {}): Sponsor {
  return {
    ...{
      name: 'acme',
      perUserSecond: CENT,
      minimum: null,
      cap: null,
      venues: null,
      segments: null,
      reach: 1,
    },
    ...more,
  }
}

/** Two minutes in which everybody comes evenly and stays: in the hall 50 and 100 people, at home 20 and 40. */
function event(more: Partial<EventSpec> = {}): EventSpec {
  const segment = (name: string, startS: number) => ({
    name,
    startS,
    durationS: 60,
    engagement: 'low' as const,
  })
  return eventWith({
    days: 1,
    dayS: 120,
    runOfShow: [segment('first', 0), segment('second', 60)],
    venues: [hallVenue({ attendees: 100 }), remoteVenue({ attendees: 40, stayS: null })],
    sponsors: [sponsor()],
    ...more,
  })
}

const income = (of: Partial<Sponsor>, more: Partial<EventSpec> = {}) =>
  sponsorIncome(event({ sponsors: [sponsor(of)], ...more })).sponsors[0]

test('attendance by minute × reach, where and when the sponsor is shown', () => {
  // Hall 50 × 60 s + 100 × 60 s = 9,000; home 20 × 60 + 40 × 60 = 3,600.
  expect(income({})).toMatchObject({ userSeconds: '12600', metered: 126n * USD, income: 126n * USD })
  expect(income({ venues: ['remote'] })?.userSeconds).toBe('3600')
  expect(income({ segments: ['second'], reach: 0.5 })?.userSeconds).toBe('4200')
  expect(income({}, { days: 3 })?.userSeconds).toBe('37800')
})

test('a minimum, a cap, and no rate', () => {
  expect(income({ minimum: 200n * USD })).toMatchObject({ bound: 'minimum', income: 200n * USD })
  expect(income({ cap: 100n * USD })).toMatchObject({ bound: 'cap', income: 100n * USD })
  expect(income({ perUserSecond: null })).toMatchObject({ bound: null, income: 0n, userSeconds: '12600' })
})

const step = { target: 'uplink', venue: 'hall', startS: 90, durationS: 60, rehearseS: 10 } as const
const outage = (...steps: Outage['steps']): Outage => ({ name: 'cut', file: 'cut.yaml', steps })

test('an outage takes the seconds of who is cut off: nobody’s at a PoP whose uplink is cut', () => {
  // From 90 s to the end of the show: 30 s × 100 people.
  const cut = sponsorIncome(event({ outage: outage(step) })).outage
  expect(cut).toEqual({
    name: 'cut',
    withPops: { userSeconds: '0', income: 0n },
    withoutPops: { userSeconds: '3000', income: 30n * USD },
  })
  // At home 30 s × 40 people; two steps that overlap count once.
  const away = { ...step, venue: 'remote' }
  const twice = sponsorIncome(event({ outage: outage(away, { ...away, startS: 95 }) })).outage
  expect(twice?.withoutPops).toEqual({ userSeconds: '1200', income: 12n * USD })
  expect(twice?.withPops).toEqual({ userSeconds: '0', income: 0n })
})

test('a second uplink keeps everybody on, until it is cut too; a cap can make a loss cost nothing', () => {
  const venues = [hallVenue({ attendees: 100, backupUplink: hallVenue().uplink })]
  expect(sponsorIncome(event({ venues, outage: outage(step) })).outage?.withoutPops.userSeconds).toBe('0')
  const backup = { ...step, target: 'backup-uplink' as const, startS: 110 }
  // Both are cut for the last 10 s: 10 × 100.
  expect(sponsorIncome(event({ venues, outage: outage(step, backup) })).outage?.withoutPops.userSeconds).toBe(
    '1000',
  )
  const sponsors = [sponsor({ cap: 10n * USD })]
  expect(sponsorIncome(event({ sponsors, outage: outage(step) })).outage?.withoutPops).toEqual({
    userSeconds: '3000',
    income: 0n,
  })
})

test('an outage of a later day takes what the same outage of the first day would', () => {
  const away = { ...step, venue: 'remote' }
  const later = { ...away, startS: 86_400 + away.startS }
  const taken = (...steps: Outage['steps']) =>
    sponsorIncome(event({ days: 3, outage: outage(...steps) })).outage?.withoutPops.userSeconds
  expect(taken(later)).toBe('1200')
  // The same clock time on two days is two outages.
  expect(taken(away, later)).toBe('2400')
})

test('a PoP that is killed takes the seconds of all who join it, until it is up again', () => {
  const killed = { ...step, target: 'pop' as const, startS: 60, durationS: 10 }
  const cut = sponsorIncome(event({ outage: outage(killed) })).outage
  // 100 people in the hall for 10 s, and for the 1.3 s that a process takes to start; without PoPs none is there to be killed.
  expect(cut?.withPops).toEqual({ userSeconds: '1130', income: (113n * USD) / 10n })
  expect(cut?.withoutPops.userSeconds).toBe('0')
})

test('each sponsor’s loss names its rate, and the cap or minimum that makes it less than seconds × rate', () => {
  const sponsors = [
    sponsor({ name: 'plain' }),
    sponsor({ name: 'capped', cap: 120n * USD }),
    sponsor({ name: 'sure', minimum: 125n * USD }),
    sponsor({ name: 'unpaid', perUserSecond: null }),
  ]
  const away = { ...step, venue: 'remote' }
  // 126 USD each without the outage, 12 less with it.
  expect(lostToOutage(event({ sponsors, outage: outage(away) }), WITHOUT_POPS)).toEqual([
    { sponsor: 'plain', userSeconds: '1200', perUserSecond: '0.01', bound: null, income: 12n * USD },
    { sponsor: 'capped', userSeconds: '1200', perUserSecond: '0.01', bound: 'cap', income: 6n * USD },
    { sponsor: 'sure', userSeconds: '1200', perUserSecond: '0.01', bound: 'minimum', income: 1n * USD },
    { sponsor: 'unpaid', userSeconds: '1200', perUserSecond: '0', bound: null, income: 0n },
  ])
})
