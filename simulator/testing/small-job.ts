// A stand for an hour with 30 visitors, its uplink cut for two minutes: a day in some milliseconds, for tests.
import { loadEvent } from '../../infra/event/load.ts'
import { type Job, jobOf } from '../monte-carlo/run-day.ts'
import { openScenario, type Scenario } from '../scenario.ts'
import { testCalibration } from './calibration.ts'

export async function smallJob(): Promise<Job> {
  return jobOf(await smallScenario(), testCalibration)
}

export async function smallScenario(): Promise<Scenario> {
  const event = loadEvent('scenarios/events/pop-up-stand.yaml')
  const [first] = event.runOfShow
  const [venue] = event.venues
  const [step] = event.outage?.steps ?? []
  if (!first || !venue || !step || !event.outage) throw new Error('the stand has changed')
  const small = {
    ...event,
    dayS: first.durationS,
    runOfShow: [first],
    arrivals: { ...event.arrivals, perMinute: event.arrivals.perMinute.slice(0, first.durationS / 60) },
    venues: [{ ...venue, attendees: 30 }],
    outage: { ...event.outage, steps: [{ ...step, startS: 1_800 }] },
  }
  return openScenario(small)
}
