import { describe, expect, test } from 'vitest'
import { loadEvent } from '../../infra/event/load.ts'
import { openScenario } from '../scenario.ts'
import { testCalibration } from '../testing/calibration.ts'
import { attendanceByMinute } from './attendance.ts'
import { surrogateUsage } from './surrogate.ts'
import { venueLoad } from './venue-load.ts'

const EVENTS = ['hybrid-conference-2000', 'week-long-series', 'pop-up-stand']
const open = (name: string) => openScenario(loadEvent(`scenarios/events/${name}.yaml`))

describe('attendance', () => {
  test('without departures is the number that has arrived', () => {
    expect([...attendanceByMinute([1, 2, 1], 3, 400, null)]).toEqual([100, 300, 400])
  })
  test('with departures settles where arrivals in a mean stay balance them', () => {
    const present = attendanceByMinute(new Array(600).fill(1), 600, 6_000, 3_600)
    // M/M/infinity: 10 arrivals a minute times a stay of 60 minutes.
    expect(present.at(-1)).toBeGreaterThan(590)
    expect(present.at(-1)).toBeLessThan(610)
  })
  test('does not depend on how finely the shape is given', () => {
    const coarse = attendanceByMinute([1, 1], 120, 1_000, 1_800)
    const fine = attendanceByMinute(new Array(120).fill(1), 120, 1_000, 1_800)
    for (const m of [10, 60, 119]) expect(coarse[m]).toBeCloseTo(fine[m] as number, 6)
  })
})

test.each(EVENTS)('every usage of %s names a resource of its graph and is a quantity', async (name) => {
  const { event, graph } = await open(name)
  const urns = new Set(graph.resources.map(({ urn }) => urn))
  const usages = surrogateUsage(graph, event, testCalibration)
  expect(usages.length).toBeGreaterThan(5)
  for (const { urn, quantity } of usages) {
    expect(urns).toContain(urn)
    expect(quantity).toBeGreaterThanOrEqual(0)
    expect(Number.isFinite(quantity)).toBe(true)
  }
})

test('more attendees never mean less work', async () => {
  const { event, topology } = await open('pop-up-stand')
  const [venue] = topology.venues
  if (!venue) throw new Error('the event has no venue')
  const loads = [10, 100, 1_000].map((attendees) =>
    venueLoad(event, { ...venue, attendees }, testCalibration.pageBytes),
  )
  const egress = loads.map(({ egressBytes }) => egressBytes)
  expect(egress).toEqual([...egress].sort((a, b) => a - b))
  // Deliveries go with the square of the room.
  expect((egress[2] ?? 0) / (egress[1] ?? 1)).toBeGreaterThan(10)
})
