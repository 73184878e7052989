// Lines that the event has not are priced by the rents that its file states for others, or the reason is said.
import { expect, test } from 'vitest'
import type { EventSpec } from '../../infra/event/event.ts'
import { loadEvent } from '../../infra/event/load.ts'
import { expectedCost } from '../costs/expected-cost.ts'
import { eventWindow, startedDays } from '../costs/window.ts'
import { openScenario } from '../scenario.ts'
import { candidatesOf } from './candidates.ts'

function cut(): EventSpec {
  const step = { target: 'uplink', venue: 'stand', startS: 60, durationS: 60, rehearseS: 25 } as const
  return {
    ...loadEvent('scenarios/events/pop-up-stand.yaml'),
    outage: { name: 'cut', file: 'cut.yaml', steps: [step] },
  }
}

test('a second uplink costs the least rent that the file states for one as fast, a faster one without a quote says why it has no price', () => {
  const stand = cut()
  const line = (name: string, rateBps: number) => ({ name, technology: '5g' as const, rateBps, rttMs: 40 })
  const elsewhere = (name: string, rateBps: number, perDay: bigint) => ({
    ...(stand.venues[0] as EventSpec['venues'][number]),
    name,
    backupUplink: line('backup-uplink', rateBps),
    lineRents: [{ uplink: 'backup-uplink', perDay }],
  })
  const quoted = [
    elsewhere('slow', 19e6, 1_000_000_000_000n),
    elsewhere('fast', 50e6, 45_000_000_000_000n),
    elsewhere('dear', 20e6, 60_500_000_000_000n),
  ]
  const candidates = candidatesOf({ ...stand, venues: [...stand.venues, ...quoted] })
  const found = (what: string) => candidates.find((candidate) => candidate.what === what)
  const second = found('stand: a second uplink, 20 Mbit/s over 5g')
  expect(second).toMatchObject({
    write: 'backupUplink: { technology: 5g, rate: 20 Mbit/s, rtt: 50ms, rentPerDay: 45 USD }',
    unpriced: null,
  })
  expect(second?.event.venues[0]?.lineRents).toEqual([
    { uplink: 'backup-uplink', perDay: 45_000_000_000_000n },
  ])
  const faster = candidates.find(({ what }) => what.startsWith('stand: an uplink of'))
  expect(faster?.unpriced).toMatch(
    /^no line over fibre of \d+ Mbit\/s or more has a `rentPerDay` in the event file$/,
  )
  expect(faster?.event.venues[0]?.lineRents).toEqual(stand.venues[0]?.lineRents)
})

test('the rent of a second uplink is a line of what the changed event costs', async () => {
  const stand = cut()
  const [venue] = stand.venues
  if (venue === undefined) throw new Error('the event has no venue')
  const lineRents = [{ uplink: venue.uplink.name, perDay: 45_000_000_000_000n }]
  const uplink = { ...venue.uplink, technology: '5g' as const, rateBps: 20e6 }
  const rented = { ...stand, venues: [{ ...venue, uplink, lineRents }] }
  const second = candidatesOf(rented).find(({ what }) => what === 'stand: a second uplink, 20 Mbit/s over 5g')
  if (second === undefined) throw new Error('no second uplink was tried')
  const costOf = async (event: EventSpec) => expectedCost((await openScenario(event)).graph, event).total
  const days = startedDays(eventWindow(rented))
  expect((await costOf(second.event)) - (await costOf(rented))).toBe(45_000_000_000_000n * BigInt(days))
})
