// A PoP that is killed in mid-run: what it had acknowledged is on its disk, and what it had not is sent again.
import { expect, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import { openScenario, planRehearsal } from './scenario.ts'
import { testCalibration } from './testing/calibration.ts'
import { figureOf } from './testing/result.ts'
import { runTwin } from './twin.ts'

const EVENT = 'scenarios/events/hybrid-conference-2000.yaml'

test('killed with a backlog that an uplink cut left, it loses nothing acknowledged, applies nothing twice, and people wait', async () => {
  const outage = 'scenarios/outages/pop-power-loss.yaml'
  const scenario = await openScenario(loadEvent(EVENT, { outage }))
  const drawn = planRehearsal(scenario, 1, 160)
  const [killed] = drawn.outages
  if (killed?.target !== 'pop') throw new Error('the scenario kills no PoP')
  const cut = { ...killed, target: 'uplink' as const, startS: killed.startS - 5, endS: killed.endS + 5 }
  const { event, topology } = scenario
  const run = (outages: typeof drawn.outages) =>
    runTwin({
      event,
      topology,
      plan: { ...drawn, outages },
      calibration: testCalibration,
      reproduce: 'test',
      wallMs: () => 0,
    })
  const [calm, gone] = [await run([]), await run([cut, killed])]
  const { published } = calm.conservation
  expect(published).toBeGreaterThan(300)
  expect(gone.conservation).toEqual({
    published,
    acknowledged: published,
    atCentral: published,
    lost: 0,
    appliedTwice: 0,
    refused: 0,
  })
  const hallOnly = gone.series.sessions[Math.floor(killed.startS) + 2] ?? 0
  expect(hallOnly).toBeLessThan((calm.series.sessions[Math.floor(killed.startS) + 2] ?? 0) / 2)
  // What was said at the moment of the kill waited at its device for the whole of it.
  expect(figureOf(gone, 'ack-p99')).toBeGreaterThan(((killed.endS - killed.startS) * 1000) / 2)
  expect(figureOf(gone, 'backlog-peak')).toBeGreaterThan((figureOf(calm, 'backlog-peak') ?? 0) + 10)
  expect(await run([cut, killed])).toEqual(gone)
})
