// What the devices of a venue's attendees do to a run: nothing where none is stated, else its images, links and reconnects.
import { beforeAll, expect, test } from 'vitest'
import type { AccessClass } from '../infra/event/event.ts'
import { loadEvent } from '../infra/event/load.ts'
import { openScenario, planRehearsal, type Scenario } from './scenario.ts'
import { VenueFormulas } from './surrogate/venue-formulas.ts'
import { testCalibration } from './testing/calibration.ts'
import { figureOf, meterOf } from './testing/result.ts'
import type { Topology } from './topology.ts'
import { runTwin } from './twin.ts'
import { planRun } from './workload/plan.ts'
import { drawn, type RunPlan, type Stage } from './workload/run-plan.ts'

const wifi = { technology: 'wifi_5GHz', signal: 'strong' } as const
const cellular = { technology: '4g', signal: 'medium' } as const

let scenario: Scenario
let window: RunPlan['window']
beforeAll(async () => {
  scenario = await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
  window = planRehearsal(scenario, 1, 160).window
})

function withAccess(access: AccessClass[]): Topology {
  return { ...scenario.topology, venues: scenario.topology.venues.map((venue) => ({ ...venue, access })) }
}

async function run(access: AccessClass[], stage: Stage = 'show') {
  const topology = withAccess(access)
  const plan = planRun(scenario.event, topology, { seed: 1, window, outages: [], sessionsMax: 160, stage })
  const told = { event: scenario.event, topology, plan, calibration: testCalibration, reproduce: '' }
  const result = await runTwin({ ...told, wallMs: () => 0 })
  const drops = drawn(plan).sessions.reduce((sum, { dropsAtMs }) => sum + dropsAtMs.length, 0)
  return { result, drops }
}

test('a mix in which everybody has one class is that class alone, bit for bit', async () => {
  const phone = { ...wifi, device: 'phone' } as const
  const nobody = 1e-12
  const alone = await run([{ ...phone, share: 1 }])
  const mixed = await run([
    { ...phone, share: 1 - nobody },
    { ...cellular, device: 'laptop', share: nobody },
  ])
  expect(mixed).toEqual(alone)
})

test('a device that asks and drops as none does is as none', async () => {
  const none = await run([{ ...wifi, share: 1 }])
  const { imageWidth } = scenario.event.page
  const same = await run([{ ...wifi, device: 'tablet', imageWidth, share: 1 }])
  expect(same).toEqual(none)
})

test('phones have heavier pages than laptops on the same link, and lose their sockets more often', async () => {
  const [laptops, phones] = [
    await run([{ ...wifi, device: 'laptop', share: 1 }]),
    await run([{ ...wifi, device: 'phone', share: 1 }]),
  ]
  expect(figureOf(phones.result, 'page-p50')).toBeGreaterThan(figureOf(laptops.result, 'page-p50') ?? 0)
  expect(meterOf(phones.result, 'attendee-egress')).toBeGreaterThan(
    meterOf(laptops.result, 'attendee-egress') ?? 0,
  )
  expect(phones.drops).toBeGreaterThan(laptops.drops)
  expect(phones.result.conservation).toMatchObject({ lost: 0, appliedTwice: 0 })
})

test('phones on cellular are slower than phones on Wi-Fi, and a mix of both lies between', async () => {
  const on = (share: number): AccessClass[] => [
    { ...wifi, device: 'phone', share },
    { ...cellular, device: 'phone', share: 1 - share },
  ]
  const p50 = async (access: AccessClass[]) => figureOf((await run(access)).result, 'ack-p50') ?? 0
  const [all, half, none] = [await p50(on(1 - 1e-12)), await p50(on(0.5)), await p50(on(1e-12))]
  expect(all).toBeLessThan(half)
  expect(half).toBeLessThan(none)
})

test('in a rehearsal all ask for images of the page’s width, as its live attendees do', async () => {
  const egress = async (device: 'phone' | 'tablet') =>
    meterOf((await run([{ ...wifi, device, share: 1 }], 'rehearsal')).result, 'attendee-egress')
  const none = meterOf((await run([{ ...wifi, share: 1 }], 'rehearsal')).result, 'attendee-egress')
  expect(await egress('phone')).toBe(none)
})

test('the formulas have a device’s reconnects in their processor time', () => {
  const cpuMs = (access: AccessClass[]) => {
    const topology = withAccess(access)
    const input = { event: scenario.event, topology, calibration: testCalibration, window, outages: [] }
    return topology.venues.reduce((sum, venue) => sum + new VenueFormulas(input, venue).cpuMs(), 0)
  }
  const none = cpuMs([{ ...wifi, share: 1 }])
  expect(cpuMs([{ ...wifi, device: 'laptop', share: 1 }])).toBeLessThan(none)
  expect(cpuMs([{ ...wifi, device: 'phone', share: 1 }])).toBe(none)
})
