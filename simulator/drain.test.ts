import { beforeAll, expect, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import { drainOf, measuredReconnectMs } from './drain.ts'
import { openScenario, type Scenario } from './scenario.ts'
import { testCalibration } from './testing/calibration.ts'

let scenario: Scenario
beforeAll(async () => {
  scenario = await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))
})

test('a drain sends everyone away at the rate that half of the cores take reconnects', () => {
  const [hall] = scenario.topology.venues
  if (!hall) throw new Error('the conference has a hall')
  const box = {
    ...hall,
    attendees: 1_200,
    pop: { ...hall.pop, platform: 'k3s', cores: 4, reconnectMs: 4 } as never,
  }
  expect(drainOf(box)).toEqual({
    venue: hall.venue,
    sessions: 1_200,
    reconnectsPerS: 500,
    tookS: 2.4,
    cutShort: false,
  })
  // A pod has the time that its hall needs; a machine in the region has a minute.
  expect(drainOf({ ...box, attendees: 40_000 })).toMatchObject({ tookS: 80, cutShort: false })
  const machine = { ...hall.pop, platform: 'ec2', vcpus: 4, reconnectMs: 4 } as never
  expect(drainOf({ ...box, attendees: 40_000, pop: machine })).toMatchObject({ tookS: 80, cutShort: true })
})

test('the measured cost of a reconnect has the join of the calibration and a TLS handshake', () => {
  expect(measuredReconnectMs(testCalibration)).toBe(2.5)
})
