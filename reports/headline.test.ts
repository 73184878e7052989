import { expect, test } from 'vitest'
import { keyNumbers } from './headline.ts'
import { isScored, type PreflightReport } from './preflight-input.ts'
import { fixtureReport } from './testing/fixture.ts'

function standings(report: PreflightReport): Record<string, string> {
  return Object.fromEntries(keyNumbers(report).map(({ id, standing }) => [id, standing]))
}

function measured(report: PreflightReport) {
  if (!isScored(report.rehearsal)) throw new Error('the fixture has a live run')
  return report.rehearsal.measured
}

test('five numbers, good where every run is within its limit', () => {
  expect(standings(fixtureReport())).toEqual({
    cost: 'good',
    'ack-p99': 'good',
    recovery: 'good',
    lost: 'good',
    'applied-twice': 'good',
  })
})

test('a loss in any of the runs shows, not only in the live one', () => {
  const report = fixtureReport()
  report.day.conservation.lost = 1
  expect(standings(report)).toMatchObject({ lost: 'bad', 'applied-twice': 'good' })
})

test('a limit inside the confidence interval is neither good nor bad', () => {
  const report = fixtureReport()
  const figure = measured(report).figures.find(({ id }) => id === 'ack-p99')
  if (figure) Object.assign(figure, { value: 240, interval: { low: 220, high: 260 } })
  expect(standings(report)['ack-p99']).toBe('unknown')
  if (figure) Object.assign(figure, { value: 290, interval: { low: 270, high: 310 } })
  expect(standings(report)['ack-p99']).toBe('bad')
})

test('a latency that its samples do not bound is neither good nor bad, however low', () => {
  const report = fixtureReport()
  const figure = measured(report).figures.find(({ id }) => id === 'ack-p99')
  if (figure) figure.interval = null
  expect(standings(report)['ack-p99']).toBe('unknown')
})

test('a recovery that was not seen is bad where it was judged a miss, else nobody knows', () => {
  const report = fixtureReport()
  const run = measured(report)
  run.figures = run.figures.filter(({ id }) => id !== 'recovery')
  const verdict = report.verdicts.find((of) => of.run === 'measured' && of.unit === 's')
  if (!verdict) throw new Error('the fixture judges the recovery')
  Object.assign(verdict, { value: null, outcome: 'missed' })
  expect(keyNumbers(report)[2]).toMatchObject({ value: 'not within the run', standing: 'bad' })
  Object.assign(verdict, { outcome: 'inconclusive' })
  expect(keyNumbers(report)[2]).toMatchObject({ value: 'not within the run', standing: 'unknown' })
})

test('without an outage no recovery was measured', () => {
  const report = fixtureReport()
  const run = measured(report)
  run.figures = run.figures.filter(({ id }) => id !== 'recovery')
  run.outages = []
  report.verdicts = report.verdicts.filter((of) => of.run !== 'measured' || of.unit !== 's')
  expect(keyNumbers(report)[2]).toMatchObject({ value: 'not measured', standing: 'unknown' })
})

test('over budget is bad, and unpriced costs are named beside the sum', () => {
  const report = fixtureReport()
  report.forecast.budget = { limit: 100n, outcome: 'over' }
  expect(keyNumbers(report)[0]).toMatchObject({
    standing: 'bad',
    details: ['budget < $0.01', 'without 2 unpriced'],
  })
})
