// The smallest outage that breaks an event: found for tight levels, the same each time, an outage file that loads.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import type { EventSpec } from '../../infra/event/event.ts'
import { loadEvent } from '../../infra/event/load.ts'
import { openScenario, type Scenario } from '../scenario.ts'
import { testCalibration } from '../testing/calibration.ts'
import { brokenLevels } from './broken-levels.ts'
import { outageFileText } from './outage-file.ts'
import { CUT_STEP_S, startMinutes } from './schedule.ts'
import { shrink } from './shrink.ts'
import type { ShrinkResult } from './shrink-result.ts'

const FILE = 'scenarios/events/pop-up-stand.yaml'
const BOUNDS = { cutsMax: 2, longestS: 600, runsMax: 60 }
const options = { seed: 1, calibration: testCalibration }

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
  const folder = mkdtempSync(join(tmpdir(), 'micropop-shrink-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const outage = join(folder, 'found.yaml')
  writeFileSync(
    outage,
    outageFileText(stand, found.steps, { name: 'found', title: 'Breaks', comment: 'Found.' }),
  )
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
