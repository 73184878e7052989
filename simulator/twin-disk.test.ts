// What the disk under a PoP's queue does to a run: nothing where none is stated, and what breaks first where it is slow.
import { beforeAll, expect, test } from 'vitest'
import type { DiskKind, StatedDisk } from '../infra/event/event.ts'
import { loadEvent } from '../infra/event/load.ts'
import type { Calibration } from './calibration/calibration.ts'
import { openScenario, planRehearsal, type Scenario } from './scenario.ts'
import { surrogateRun } from './surrogate/surrogate-run.ts'
import { testCalibration } from './testing/calibration.ts'
import { figureOf } from './testing/result.ts'
import type { Topology } from './topology.ts'
import { runTwin } from './twin.ts'
import type { RunPlan } from './workload/run-plan.ts'

let scenario: Scenario
let plan: RunPlan
beforeAll(async () => {
  scenario = await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
  plan = { ...planRehearsal(scenario, 1, 160), stage: 'show' }
})

function withDisk(statedDisk: StatedDisk | null): Topology {
  const venues = scenario.topology.venues.map((venue) => ({ ...venue, pop: { ...venue.pop, statedDisk } }))
  return { ...scenario.topology, venues }
}

function run(statedDisk: StatedDisk | null, calibration: Calibration = testCalibration, of: RunPlan = plan) {
  const topology = withDisk(statedDisk)
  return runTwin({ event: scenario.event, topology, plan: of, calibration, reproduce: '', wallMs: () => 0 })
}

const of = (kind: DiskKind): StatedDisk => ({ kind, fsyncMs: null })
const worn: StatedDisk = { kind: 'emmc', fsyncMs: { p50: 150, p99: 900 } }

test('a slower disk never gives lower latencies, and its messages arrive once all the same', async () => {
  let before = { p50: 0, p99: 0, delivery: 0 }
  for (const disk of [of('nvme-plp'), of('emmc'), of('hdd'), worn]) {
    const result = await run(disk)
    const now = {
      p50: figureOf(result, 'ack-p50') ?? 0,
      p99: figureOf(result, 'ack-p99') ?? 0,
      delivery: figureOf(result, 'delivery-p99') ?? 0,
    }
    expect(now.p50).toBeGreaterThan(before.p50)
    expect(now.p99).toBeGreaterThanOrEqual(before.p99)
    expect(now.delivery).toBeGreaterThanOrEqual(before.delivery)
    expect(result.conservation).toMatchObject({ lost: 0, appliedTwice: 0 })
    before = now
  }
})

test('a slow disk breaks a service level that the same event meets without it, and the result names it', async () => {
  const { ackP99Ms } = scenario.event.serviceLevels
  const [fast, slow] = [await run(of('nvme-plp')), await run(worn)]
  expect(figureOf(fast, 'ack-p99')).toBeLessThan(ackP99Ms)
  expect(figureOf(slow, 'ack-p99')).toBeGreaterThan(ackP99Ms)
  expect(slow.outsideRange).toContainEqual(
    expect.stringContaining('hall: a write to its disk takes 150 ms, and 900 ms at p99'),
  )
})

test('with the disk of the calibration itself its times come out again', async () => {
  const fsyncMs = testCalibration.ackServiceMs.map((ms) => ms / 2)
  const measured = { ...testCalibration, fsyncMs }
  const own = await run(null, measured)
  const free = await run({ kind: null, fsyncMs: { p50: 0.001, p99: 0.002 } }, measured)
  const twice = await run({ kind: null, fsyncMs: { p50: 0.001, p99: 0.002 } })
  expect(figureOf(free, 'ack-p50')).toBeLessThan(figureOf(own, 'ack-p50') ?? 0)
  // Not timed, the disk of the calibration stays in: as with a disk that takes no time.
  expect(figureOf(twice, 'ack-p50')).toBeCloseTo(figureOf(own, 'ack-p50') ?? 0, 0)
})

test('a rehearsal’s twin has the disk of the calibration, whatever the event states', async () => {
  const rehearsed: RunPlan = { ...plan, stage: 'rehearsal' }
  expect(await run(worn, testCalibration, rehearsed)).toEqual(await run(null, testCalibration, rehearsed))
})

test('the formulas follow the disk as the twin does', () => {
  const p99 = (disk: StatedDisk | null) => {
    const { figures } = surrogateRun({
      event: scenario.event,
      topology: withDisk(disk),
      calibration: testCalibration,
      window: plan.window,
      outages: [],
    })
    return figures.find(({ id }) => id === 'ack-p99')?.value ?? 0
  }
  expect(p99(worn)).toBeGreaterThan(p99(of('hdd')))
  expect(p99(of('hdd'))).toBeGreaterThan(p99(null))
})
