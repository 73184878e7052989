import { describe, expect, test } from 'vitest'
import type { Figure, FigureId, RunResult } from './run-result.ts'
import { judge, judgeLive } from './verdict.ts'

const levels = { ackP99Ms: 100, deliveryP99Ms: 200, pageP50Ms: 1_000, recoveryS: 30 }

function result(
  figures: Partial<Record<FigureId, Partial<Figure>>>,
  changed: Partial<RunResult> = {},
): RunResult {
  return {
    source: 'measured',
    event: 'made-up',
    outage: null,
    seed: 1,
    window: { startS: 0, endS: 60 },
    attendees: 100,
    sessions: 100,
    outages: [],
    series: {
      tS: [],
      ackP50Ms: [],
      ackP99Ms: [],
      deliveryP99Ms: [],
      backlog: [],
      uplinkBytes: [],
      sessions: [],
    },
    figures: Object.entries(figures).map(([id, figure]) => ({
      id: id as FigureId,
      label: id,
      unit: 'ms',
      value: null,
      interval: null,
      samples: 100,
      ...figure,
    })),
    conservation: { published: 0, acknowledged: 0, atCentral: 0, lost: 0, appliedTwice: 0, refused: 0 },
    usage: [],
    outsideRange: [],
    tookS: 1,
    reproduce: 'test',
    ...changed,
  }
}

const outcome = (run: RunResult, level: string) => judge(run, levels).find((v) => v.level === level)?.outcome

describe('a latency level', () => {
  const ack = (figure: Partial<Figure>) => outcome(result({ 'ack-p99': figure }), 'Acknowledged, p99')
  test('is met when the whole interval is within the limit', () => {
    expect(ack({ value: 80, interval: { low: 70, high: 100 } })).toBe('met')
  })
  test('is missed when the whole interval is beyond it', () => {
    expect(ack({ value: 130, interval: { low: 101, high: 150 } })).toBe('missed')
  })
  test('cannot be told when the limit lies inside', () => {
    expect(ack({ value: 95, interval: { low: 90, high: 101 } })).toBe('inconclusive')
    expect(ack({ value: 105, interval: { low: 99, high: 120 } })).toBe('inconclusive')
  })
  test('cannot be told where the sample is too small for an interval', () => {
    expect(ack({ value: 20 })).toBe('inconclusive')
    expect(ack({ value: 900 })).toBe('inconclusive')
  })
  test('is unknown without a measurement', () => {
    expect(ack({ value: null })).toBe('unknown')
  })
})

describe('recovery', () => {
  const outages = [{ venue: 'hall', target: 'uplink' as const, startS: 10, endS: 20 }]
  test('is not asked for without an outage', () => {
    expect(outcome(result({ recovery: { value: null } }), 'Recovery after the outage')).toBeUndefined()
  })
  const recovered = (value: number | null, endS: number) =>
    outcome(
      result({ recovery: { value } }, { outages, window: { startS: 0, endS } }),
      'Recovery after the outage',
    )
  test('is met or missed by its value', () => {
    expect(recovered(29, 60)).toBe('met')
    expect(recovered(31, 60)).toBe('missed')
  })
  test('that was not seen is missed only where the run went on for longer than the limit', () => {
    expect(recovered(null, 60)).toBe('missed')
    expect(recovered(null, 59)).toBe('inconclusive')
  })
})

test('one publish that was never acknowledged is one too many', () => {
  const conservation = { published: 10, acknowledged: 9, atCentral: 9, lost: 0, appliedTwice: 0, refused: 1 }
  expect(outcome(result({}, { conservation }), 'Never acknowledged')).toBe('missed')
})

test('one message lost or applied twice is one too many', () => {
  const run = result({})
  expect(outcome(run, 'Acknowledged and lost')).toBe('met')
  const broken = { ...run, conservation: { ...run.conservation, lost: 1, appliedTwice: 1 } }
  expect(outcome(broken, 'Acknowledged and lost')).toBe('missed')
  expect(outcome(broken, 'Applied twice')).toBe('missed')
})

test('a live run must also tell its clients of every gap and make nothing up', () => {
  const verdicts = judgeLive({ result: result({}), silentGaps: 2, foreign: 0, lostSessions: 1 }, levels)
  expect(verdicts.slice(-3).map(({ level, value, outcome }) => [level, value, outcome])).toEqual([
    ['Missed without being told', 2, 'missed'],
    ['At central, sent by nobody', 0, 'met'],
    ['Sessions that never came back', 1, 'missed'],
  ])
})
