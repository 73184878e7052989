import { describe, expect, test } from 'vitest'
import { renderPreflightText, renderRunText } from './terminal.ts'
import { fixtureReport } from './testing/fixture.ts'
import { run } from './testing/fixture-run.ts'

const LEFT_OUT = 'k6 is not on PATH. Install Go, then run npm start again.'
const withoutCommands = (text: string) =>
  text.split('\n').filter((line) => !line.includes('micropop preflight'))

describe('preflight', () => {
  test('fits a screen of 100 columns and about 35 lines', () => {
    const lines = withoutCommands(renderPreflightText(fixtureReport()))
    expect(lines.length).toBeLessThanOrEqual(38)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  test('says the decision, the cost, the levels by run, the twin’s error and the command', () => {
    const text = renderPreflightText(fixtureReport())
    expect(text).toMatch(/^GO$/m)
    expect(text).toContain('Cost $187.30, budget $400.00, without 2 unpriced')
    expect(text).toMatch(/no rate +Uplink of the hall, hall/)
    expect(text).toMatch(/^Acknowledged, p99 +≤ 250 ms +84\.3 ms +met +87\.3 ms +met +97\.8 ms +met$/m)
    expect(text).toMatch(/^Acknowledged, p99 +84\.3 ms +87\.3 ms +\+3\.6 % +6,412 \/ 6,412$/m)
    expect(text).toContain('--seed 42')
  })

  test('a live part that was left out is the first thing said and the last', () => {
    const lines = renderPreflightText(fixtureReport({ leftOut: LEFT_OUT }))
      .trimEnd()
      .split('\n')
    expect(lines[0]).toBe(`The live part was left out: ${LEFT_OUT}`)
    expect(lines.at(-1)).toBe(lines[0])
  })

  test('columns line up', () => {
    const lines = renderPreflightText(fixtureReport()).split('\n')
    const levels = lines.filter((line) => /(≤|none).* met /.test(line))
    expect(levels).toHaveLength(6)
    expect(new Set(levels.map((line) => line.indexOf(' met'))).size).toBe(1)
  })

  test('levels that nothing proves are inconclusive, and still fit the screen', () => {
    const report = fixtureReport({ decision: 'inconclusive' })
    report.verdicts = report.verdicts.map((verdict) => ({ ...verdict, outcome: 'inconclusive' }))
    for (const run of ['measured', 'twin', 'day'] as const) {
      const counted = { limit: 0, unit: 'messages', value: 3, outcome: 'missed' } as const
      report.verdicts.push({ ...counted, run, level: 'Never acknowledged' })
    }
    Object.assign(report.verdicts[2] ?? {}, { value: null, outcome: 'unknown' })
    const text = renderPreflightText(report)
    expect(text).toMatch(/^Acknowledged, p99 .* 84\.3 ms +inconclusive +87\.3 ms +inconclusive/m)
    expect(text).toMatch(/^Acknowledged and lost +none/m)
    expect(text).toMatch(/^Never acknowledged +none +3 +MISSED +3 +MISSED +3 +MISSED$/m)
    expect(text).toMatch(/^Page loaded, p50 +≤ 420 ms +– +not measured +/m)
    expect(Math.max(...withoutCommands(text).map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  test('colour comes only when asked for, and marks what is missed', () => {
    const report = fixtureReport({ decision: 'no-go' })
    const missed = report.verdicts.find(({ level }) => level === 'Delivered, p99')
    if (missed) Object.assign(missed, { value: 612, outcome: 'missed' })
    expect(renderPreflightText(report)).not.toContain('\u001b')
    const painted = renderPreflightText(report, { colour: true })
    expect(painted).toContain('\u001b[31mNO-GO\u001b[0m')
    const line = painted.split('\n').find((text) => text.includes('MISSED')) ?? ''
    expect(line).toMatch(/Delivered, p99 .*612 ms +MISSED/)
    expect(line.startsWith('\u001b[31m')).toBe(true)
    expect(line.endsWith('\u001b[0m')).toBe(true)
  })

  test('a title cannot steer the terminal', () => {
    const text = renderPreflightText(fixtureReport({ title: 'Show\u001b[2J\r\u0007 \u202egnp' }))
    expect(text).toContain('Show\ufffd[2J\ufffd\ufffd \ufffdgnp: ')
  })
})

describe('a run', () => {
  test('shows every figure with its interval, the messages and how to repeat it', () => {
    const text = renderRunText(run('measured', 'rehearsal', 1))
    expect(text).toMatch(
      /^Live run of hybrid-conference-2000: 78 s, 160 sessions for 2,000 attendees, seed 42$/m,
    )
    expect(text).toContain('Outage: uplink of hall cut from 24 s for 25 s')
    expect(text).toMatch(/^Delivered, p99 +118 ms +111 to 127 ms +402,118$/m)
    expect(text).toContain('0 lost, 0 applied twice')
    expect(text).toMatch(/Again: micropop rehearse .* --seed 42$/m)
  })

  test('says what was not measured', () => {
    expect(renderRunText(run('twin', 'rehearsal', 1))).toMatch(/^Page loaded, p95 +not measured +371$/m)
  })

  test('a quantile without an interval says that its samples are too few; a count has none to show', () => {
    const result = run('measured', 'rehearsal', 1)
    for (const figure of result.figures) figure.interval = null
    const text = renderRunText(result)
    expect(text).toMatch(/^Delivered, p99 +118 ms +too few samples +402,118$/m)
    expect(text).toMatch(/^Backlog, peak +775 +1$/m)
  })

  test('a recovery that the run ended before is a miss, not a missing measurement', () => {
    const verdict = { level: 'Recovery', limit: 120, unit: 's', value: null, outcome: 'missed' } as const
    expect(renderRunText(run('measured', 'rehearsal', 1), [verdict])).toMatch(
      /^Recovery +≤ 2 min +not within the run +MISSED$/m,
    )
  })
})
