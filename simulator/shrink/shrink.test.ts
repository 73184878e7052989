// The smallest outage that breaks an event: found for tight levels, the same each time, an outage file that loads.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { type EventSpec, LINK_TARGETS, type OutageStep, type OutageTarget } from '../../infra/event/event.ts'
import { loadEvent } from '../../infra/event/load.ts'
import { openScenario, type Scenario } from '../scenario.ts'
import { testCalibration } from '../testing/calibration.ts'
import { brokenLevels } from './broken-levels.ts'
import { outageFileText } from './outage-file.ts'
import { CUT_STEP_S, startMinutes, stepsOf, targetsOf } from './schedule.ts'
import { shrink } from './shrink.ts'
import type { ShrinkResult } from './shrink-result.ts'

const FILE = 'scenarios/events/pop-up-stand.yaml'
const BOUNDS = { targets: LINK_TARGETS, cutsMax: 2, longestS: 600, runsMax: 60 }
const options = { seed: 1, calibration: testCalibration }

/** The outage file of `steps`, until the test is over. */
function fileOf(steps: readonly OutageStep[]): { text: string; outage: string } {
  const folder = mkdtempSync(join(tmpdir(), 'micropop-shrink-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const outage = join(folder, 'found.yaml')
  const text = outageFileText(stand, steps, { name: 'found', title: 'Breaks', comment: 'Found.' })
  writeFileSync(outage, text)
  return { text, outage }
}

let stand: EventSpec
let roomy: Scenario
let small: Scenario
let result: ShrinkResult
beforeAll(async () => {
  stand = loadEvent(FILE)
  roomy = await openScenario(stand)
  const venues = stand.venues.map((venue) => ({ ...venue, pop: { ...venue.pop, queueBytes: 60_000 } }))
  small = await openScenario({ ...stand, venues })
  result = await shrink(small, { ...options, bounds: BOUNDS })
}, 120_000)

test('an event that nothing within the bounds breaks is said to be so, after all runs at most', async () => {
  const nothing = await shrink(roomy, { ...options, bounds: { ...BOUNDS, runsMax: 5 } })
  expect(nothing).toMatchObject({ found: null, runs: 5 })
})

test('a small queue: one cut, in the busiest minute, and a step less is withstood', async () => {
  const { found, runs } = result
  if (!found) throw new Error('nothing was found')
  expect(runs).toBeLessThanOrEqual(BOUNDS.runsMax)
  expect(found.smallest).toBe(true)
  expect(found.broken.map(({ level }) => level).join()).toMatch(/^(Acknowledged|Delivered), p99/)
  const [cut, ...others] = found.steps
  if (!cut) throw new Error('no step')
  expect(others).toEqual([])
  expect(cut.startS).toBe(startMinutes(stand)[0])
  expect(cut.durationS).toBeLessThan(BOUNDS.longestS)
  expect(await brokenLevels(small, [{ ...cut, durationS: cut.durationS - CUT_STEP_S }], options)).toEqual([])
})

test('the same seed finds the same', async () => {
  expect(await shrink(small, { ...options, bounds: BOUNDS })).toEqual(result)
}, 120_000)

test('what is found is an outage file that the event loads as it is', async () => {
  const { found } = result
  if (!found) throw new Error('nothing was found')
  const { outage } = fileOf(found.steps)
  expect(loadEvent(FILE, { outage }).outage?.steps).toEqual(found.steps)
})

test('levels that are missed without any outage are not what it breaks', async () => {
  const never = { ...small, event: { ...stand, serviceLevels: { ...stand.serviceLevels, ackP99Ms: 1 } } }
  const [startS] = startMinutes(stand)
  const cut = {
    target: 'uplink',
    venue: 'stand',
    startS: startS as number,
    durationS: 60,
    rehearseS: 60,
  } as const
  const broken = await brokenLevels(never, [cut], options)
  expect(broken.map(({ level }) => level)).not.toContain('Acknowledged, p99')
})

test('few runs end the search before it is sure, which is said', async () => {
  const { found, runs } = await shrink(small, { ...options, bounds: { ...BOUNDS, runsMax: 2 } })
  expect(runs).toBe(2)
  expect(found?.smallest).toBe(false)
})

test('an aborted search throws the reason it was given', async () => {
  const reason = new Error('enough')
  await expect(shrink(small, { ...options, bounds: BOUNDS, signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  )
})

test('a killed PoP: alone it is found where no cut breaks anything, and its file kills it again', async () => {
  const targets = [...LINK_TARGETS, 'pop'] as const
  const { found } = await shrink(roomy, { ...options, bounds: { ...BOUNDS, targets } })
  if (!found) throw new Error('nothing was found')
  // Who is there waits as long as it is gone, which is more than acknowledgements may take.
  const startS = startMinutes(stand)[0] as number
  const kill = {
    target: 'pop',
    venue: 'stand',
    startS,
    durationS: CUT_STEP_S,
    rehearseS: CUT_STEP_S,
  } as const
  expect(found).toMatchObject({ smallest: true, steps: [kill] })
  const { text, outage } = fileOf(found.steps)
  expect(text).toContain('process: pop')
  expect(loadEvent(FILE, { outage }).outage?.steps).toEqual([kill])
}, 120_000)

test('how long a PoP may be gone is found to a step', async () => {
  const patient = { ...stand.serviceLevels, ackP99Ms: 60_000, deliveryP99Ms: 600_000, recoveryS: 600 }
  const waiting = { ...roomy, event: { ...stand, serviceLevels: patient } }
  const { found } = await shrink(waiting, { ...options, bounds: { ...BOUNDS, targets: ['pop'] } })
  const [kill, ...others] = found?.steps ?? []
  if (!kill) throw new Error('nothing was found')
  expect(others).toEqual([])
  expect(kill).toMatchObject({ target: 'pop', startS: startMinutes(stand)[0] })
  expect(kill.durationS).toBeGreaterThan(CUT_STEP_S)
  expect(kill.durationS).toBeLessThan(BOUNDS.longestS)
  expect(await brokenLevels(waiting, [{ ...kill, durationS: kill.durationS - CUT_STEP_S }], options)).toEqual(
    [],
  )
}, 120_000)

test('a PoP that was started again is not killed before it is there', () => {
  const kills = (after: number) => [
    { target: 0, after: 0, steps: 6 },
    { target: 0, after, steps: 1 },
  ]
  const steps = (targets: OutageTarget[], after: number) =>
    stepsOf(stand, targetsOf(stand, targets), startMinutes(stand), { start: 0, cuts: kills(after) })
  expect(steps(['pop'], 1)).toBeNull()
  expect(steps(['pop'], 2)).toHaveLength(2)
  expect(steps(['uplink'], 1)).toHaveLength(2)
})

test('what no venue has cannot be searched', async () => {
  await expect(
    shrink(roomy, { ...options, bounds: { ...BOUNDS, targets: ['backup-uplink'] } }),
  ).rejects.toMatchObject({ code: 'MP_NO_TARGET' })
})
