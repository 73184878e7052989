// A synthetic report for tests of the renderers: the shape and size of a real one, every number made up.
import type { RunResult } from '../../simulator/run-result.ts'
import type { JudgedVerdict, PreflightReport, ReportEvent } from '../preflight-input.ts'
import { fixtureForecast } from './fixture-forecast.ts'
import { fixtureInterval } from './fixture-interval.ts'
import { run } from './fixture-run.ts'

const STARTS_MS = Date.UTC(2026, 8, 17, 8, 0)
const SERVICE_LEVELS = { ackP99Ms: 250, deliveryP99Ms: 400, pageP50Ms: 420, recoveryS: 120 }

const EVENT: ReportEvent = {
  name: 'hybrid-conference-2000',
  title: 'Hybrid Conference 2000',
  file: 'scenarios/events/hybrid-conference-2000.yaml',
  startsMs: STARTS_MS,
  timezone: 'Europe/London',
  days: 1,
  venues: [
    { name: 'hall', placement: 'on-site', attendees: 1200, platform: 'k3s', instance: null },
    { name: 'remote', placement: 'region', attendees: 800, platform: 'ec2', instance: 't3.medium' },
  ],
  runOfShow: [
    { name: 'Doors', startS: 0, durationS: 3600, engagement: 'low' },
    { name: 'Opening keynote', startS: 3600, durationS: 4500, engagement: 'medium' },
    { name: 'Live poll', startS: 8100, durationS: 900, engagement: 'peak' },
    { name: 'Coffee break', startS: 9000, durationS: 1800, engagement: 'idle' },
    { name: 'Track sessions', startS: 10800, durationS: 5400, engagement: 'medium' },
    { name: 'Lunch', startS: 16200, durationS: 3600, engagement: 'low' },
    { name: 'Panel with questions', startS: 19800, durationS: 4500, engagement: 'high' },
    { name: 'Awards vote', startS: 24300, durationS: 1200, engagement: 'peak' },
    { name: 'Closing', startS: 25500, durationS: 3300, engagement: 'low' },
  ],
  serviceLevels: SERVICE_LEVELS,
}

export interface FixtureOptions {
  decision?: PreflightReport['decision']
  /** Set: no live run, for this reason. */
  leftOut?: string
  title?: string
}

/** A new report each time: tests may change it. */
export function fixtureReport(options: FixtureOptions = {}): PreflightReport {
  const day = run('twin', 'day', 3)
  const measured = run('measured', 'rehearsal', 11)
  const twin = run('twin', 'rehearsal', 12)
  const live = options.leftOut === undefined
  const decision = options.decision ?? (live ? 'go' : 'inconclusive')
  return {
    event: { ...structuredClone(EVENT), title: options.title ?? EVENT.title },
    forecast: fixtureForecast(STARTS_MS),
    interval: fixtureInterval(),
    day,
    rehearsal:
      options.leftOut === undefined
        ? { measured, twin, calibratedOn: 'live run of seed 7, 20 s without an outage, same machine' }
        : { leftOut: options.leftOut },
    verdicts: [
      ...(live ? [...verdicts('measured', measured), ...verdicts('twin', twin)] : []),
      ...verdicts('day', day),
    ],
    decision,
    reasons: REASONS[decision],
    reproduce: [
      'git checkout 4f2c9e1',
      'micropop preflight scenarios/events/hybrid-conference-2000.yaml --outage scenarios/outages/uplink-cut.yaml --seed 42',
    ],
    generatedMs: Date.UTC(2026, 8, 14, 15, 4, 5),
    commit: '4f2c9e1d7a60b3c8',
    versions: { node: '24.21.0', k6: '1.8.1', toxiproxy: '2.9.0', pulumi: '3.270.0' },
    assumptions: [
      {
        text: 'Arrivals follow one real day, scaled to 2,000 attendees',
        source: 'scenarios/traces/arrivals.csv',
      },
      { text: 'One attendee votes 2.0 times a minute at peak', source: 'event file, engagement.peak.vote' },
      {
        text: 'Access links are drawn from real Wi-Fi and 4G transfers',
        source: 'scenarios/traces/access.csv',
      },
      {
        text: 'The twin was calibrated on this machine; other hardware is not verified',
        source: 'docs/fidelity.md',
      },
    ],
  }
}

const REASONS: Record<PreflightReport['decision'], string[]> = {
  go: [
    'Every service level is met live, in the twin of the rehearsal and in the twin of the whole day.',
    'No acknowledged message was lost and none was applied twice.',
    'The forecast is within the budget; 2 costs have no rate and are not in it.',
  ],
  'no-go': ['Recovery took 141 s live; the service level is 120 s.', 'The twin says the same: 131 s.'],
  inconclusive: ['The live part was left out, so nothing here has been measured on real processes.'],
}

function verdicts(judged: JudgedVerdict['run'], result: RunResult): JudgedVerdict[] {
  const levels = [
    ['Acknowledged, p99', 'ack-p99', SERVICE_LEVELS.ackP99Ms],
    ['Delivered, p99', 'delivery-p99', SERVICE_LEVELS.deliveryP99Ms],
    ['Page loaded, p50', 'page-p50', SERVICE_LEVELS.pageP50Ms],
    ['Recovery after the outage', 'recovery', SERVICE_LEVELS.recoveryS],
    ['Acknowledged and lost', 'lost', 0],
    ['Applied twice', 'applied-twice', 0],
  ] as const
  return levels.map(([level, id, limit]) => {
    const figure = result.figures.find((candidate) => candidate.id === id)
    const value = figure ? figure.value : 0
    const outcome = value === null ? 'unknown' : value <= limit ? 'met' : 'missed'
    return {
      run: judged,
      level,
      limit,
      unit: (figure?.unit ?? 'messages') as JudgedVerdict['unit'],
      value,
      outcome,
    }
  })
}
