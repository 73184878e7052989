import { expect, test } from 'vitest'
import type { PreflightReport } from '../preflight-input.ts'
import { fixtureReport } from '../testing/fixture.ts'
import { dayPlot } from './day.ts'
import { drawSvg } from './svg.ts'

function labels(report: PreflightReport, width = 900): string[] {
  const { source } = drawSvg(dayPlot(report, 'day', { width, height: 460 }))
  return [...source.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)
}

test('the clock is that of the show, and segments stand at their hours', () => {
  const shown = labels(fixtureReport())
  expect(shown).toEqual(
    expect.arrayContaining(['09:00', '17:00', '1 Doors', '2 Opening keynote', '9 Closing']),
  )
  expect(shown).toContain('uplink cut: hall')
})

test('a segment without room for its name keeps its number', () => {
  const shown = labels(fixtureReport(), 372)
  expect(shown).toEqual(expect.arrayContaining(['1', '2', '5', '9']))
  expect(shown).not.toContain('2 Opening keynote')
})

test('a later day of the show has its own segments and clock', () => {
  const report = fixtureReport()
  report.event.days = 3
  report.day.window = { startS: 2 * 86_400, endS: 2 * 86_400 + 28_800 }
  expect(labels(report)).toEqual(expect.arrayContaining(['09:00', '17:00', '1 Doors', '9 Closing']))
})

test('segments keep their hours on a day after the clocks went back', () => {
  const report = fixtureReport()
  Object.assign(report.event, { days: 2, startsMs: Date.UTC(2026, 9, 24, 8) })
  // 24 October 09:00 in London is summer time; 09:00 the day after is 25 hours later.
  report.day.window = { startS: 25 * 3600, endS: 33 * 3600 }
  const { option } = dayPlot(report, 'day', { width: 900, height: 460 })
  const [strip] = option.series as unknown as [{ markArea: { data: { xAxis: number }[][] } }]
  const { runOfShow } = report.event
  expect(strip.markArea.data.map((ends) => ends.map(({ xAxis }) => xAxis))).toEqual(
    runOfShow.map(({ startS, durationS }) => [startS, startS + durationS]),
  )
  expect(labels(report)).toEqual(expect.arrayContaining(['09:00', '17:00', '1 Doors', '9 Closing']))
})

test('a run over several days names them', () => {
  const report = fixtureReport()
  report.event.days = 2
  report.day.series.tS = report.day.series.tS.map((tS) => tS * 4)
  report.day.window = { startS: 0, endS: 115_200 }
  expect(labels(report).filter((label) => /^(Thu|Fri) \d\d:00$/.test(label)).length).toBeGreaterThan(2)
})

test('a day without a measurement is drawn as empty panels', () => {
  const report = fixtureReport()
  const empty = report.day.series.tS.map(() => null)
  Object.assign(report.day.series, { ackP99Ms: empty, backlog: empty, sessions: empty })
  expect(dayPlot(report, 'day', { width: 900, height: 460 }).alt).toContain('peaks at not measured')
  expect(labels(report)).toContain('17:00')
})
