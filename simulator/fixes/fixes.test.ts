// Which changes withstand an outage is decided on the same seed, and what has a price is sorted by it.
import { beforeAll, expect, test } from 'vitest'
import type { EventSpec } from '../../infra/event/event.ts'
import { loadEvent } from '../../infra/event/load.ts'
import { loadPriceBook } from '../costs/price-book.ts'
import { openScenario } from '../scenario.ts'
import { brokenLevels } from '../shrink/broken-levels.ts'
import { startMinutes } from '../shrink/schedule.ts'
import { testCalibration } from '../testing/calibration.ts'
import { candidatesOf } from './candidates.ts'
import { fixes } from './fixes.ts'
import type { FixesResult } from './fixes-result.ts'

const options = { seed: 1, calibration: testCalibration, book: loadPriceBook() }

/** The stand with a queue that two minutes of its busiest time do not fit into. */
function crowded(durationS: number): EventSpec {
  const stand = loadEvent('scenarios/events/pop-up-stand.yaml')
  const startS = startMinutes(stand)[0] as number
  const step = { target: 'uplink', venue: 'stand', startS, durationS, rehearseS: 25 } as const
  return {
    ...stand,
    outage: { name: 'cut', file: 'cut.yaml', steps: [step] },
    venues: stand.venues.map((venue) => ({ ...venue, pop: { ...venue.pop, queueBytes: 60_000 } })),
  }
}

let result: FixesResult
beforeAll(async () => {
  result = await fixes(await openScenario(crowded(120)), options)
})

test('a larger queue withstands what a full one refused, a larger machine does not', () => {
  const holds = (what: string) => result.fixes.find((fix) => fix.what === what)?.broken.length === 0
  expect(result.broken.length).toBeGreaterThan(0)
  expect(holds('stand: a queue of 0.24 MB')).toBe(true)
  expect(holds('stand: a t4g.medium')).toBe(false)
  expect(holds('stand: credits unlimited')).toBe(false)
})

test('each change names its line and has the difference in cost; those that withstand it come first', () => {
  const machine = result.fixes.find(({ what }) => what === 'stand: a t4g.medium')
  expect(machine).toMatchObject({ write: 'instanceType: t4g.medium', unpriced: null })
  expect(machine?.difference).toBeGreaterThan(0n)
  const order = result.fixes.map(({ broken }) => broken.length === 0)
  expect(order).toEqual(order.toSorted((a, b) => Number(b) - Number(a)))
  for (const { line } of result.fixes) expect(line).toBeGreaterThan(20)
})

test('where the disk is what is too slow, a faster one is the fix and a larger machine is none', {
  timeout: 120_000,
}, async () => {
  const event = crowded(1)
  const slow = event.venues.map((venue) => ({
    ...venue,
    pop: { ...venue.pop, queueBytes: 1e9, statedDisk: { kind: null, fsyncMs: { p50: 150, p99: 900 } } },
  }))
  const candidates = candidatesOf({ ...event, venues: slow })
  const broken = async (what: string) => {
    const found = candidates.find((candidate) => candidate.what === what)
    if (!found) throw new Error(`no change is ${what}`)
    return brokenLevels(await openScenario(found.event), event.outage?.steps ?? [], options)
  }
  expect(candidates.map(({ write }) => write)).toContain('disk: gp3, without fsync')
  expect(await broken('stand: a disk such as gp3 usually is')).toEqual([])
  expect(await broken('stand: a t4g.medium')).not.toEqual([])
  expect(candidatesOf(event).filter(({ what }) => what.includes('a disk'))).toEqual([])
})

test('an outage that breaks nothing, or none at all, is refused', async () => {
  await expect(fixes(await openScenario(crowded(1)), options)).rejects.toMatchObject({
    code: 'MP_OUTAGE_HARMLESS',
  })
  const none = { ...crowded(1), outage: null }
  await expect(fixes(await openScenario(none), options)).rejects.toMatchObject({ code: 'MP_NO_OUTAGE' })
})
