// What radio links do to a run: at the show they stall, in a rehearsal's twin they do what the live emulation does.
import { beforeAll, expect, test } from 'vitest'
import type { UplinkTechnology } from '../infra/event/event.ts'
import { loadEvent } from '../infra/event/load.ts'
import { openScenario, planRehearsal, type Scenario } from './scenario.ts'
import { testCalibration } from './testing/calibration.ts'
import { figureOf } from './testing/result.ts'
import { runTwin } from './twin.ts'
import type { RunPlan, Stage } from './workload/run-plan.ts'

let scenario: Scenario
let plan: RunPlan
beforeAll(async () => {
  scenario = await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
  plan = { ...planRehearsal(scenario, 1, 400), outages: [] }
})

function run(technology: UplinkTechnology, stage: Stage) {
  const venues = scenario.topology.venues.map((venue) => ({
    ...venue,
    // The same machine at both stages, so that only links differ.
    pop: { ...venue.pop, platform: 'k3s', cores: 2 } as never,
    uplink: { ...venue.uplink, technology },
  }))
  return runTwin({
    event: scenario.event,
    topology: { ...scenario.topology, venues },
    plan: { ...plan, stage },
    calibration: testCalibration,
    reproduce: 'test',
    wallMs: () => 0,
  })
}

test('a radio uplink holds messages up on their way to central, and loses and doubles none', async () => {
  const [fibre, radio] = [await run('fibre', 'show'), await run('5g', 'show')]
  expect(figureOf(radio, 'sync-p99')).toBeGreaterThan((figureOf(fibre, 'sync-p99') ?? 0) + 100)
  expect(figureOf(radio, 'ack-p99')).toBe(figureOf(fibre, 'ack-p99'))
  expect(radio.conservation).toEqual(fibre.conservation)
  expect(radio.conservation).toMatchObject({ lost: 0, appliedTwice: 0, refused: 0 })
})

test('attendees on radio links wait longer at the show than in a rehearsal, and most do not', async () => {
  const [show, rehearsal] = [await run('fibre', 'show'), await run('fibre', 'rehearsal')]
  expect(figureOf(show, 'ack-p99')).toBeGreaterThan((figureOf(rehearsal, 'ack-p99') ?? 0) + 20)
  expect(figureOf(show, 'delivery-p99')).toBeGreaterThan((figureOf(rehearsal, 'delivery-p99') ?? 0) + 20)
  expect(Math.abs((figureOf(show, 'ack-p50') ?? 0) / (figureOf(rehearsal, 'ack-p50') ?? 1) - 1)).toBeLessThan(
    0.1,
  )
  expect(show.conservation).toEqual(rehearsal.conservation)
})

test('the twin of a rehearsal knows no stalls, whatever its uplink is made of', async () => {
  expect(await run('4g', 'rehearsal')).toEqual(await run('fibre', 'rehearsal'))
})

test('a stall is drawn by the seed: the same run again is the same, bit for bit', async () => {
  expect(await run('5g', 'show')).toEqual(await run('5g', 'show'))
})
