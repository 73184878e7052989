// Many days as a person reads them: what is not known is said so, and a factor without effect is left out.
import { expect, test } from 'vitest'
import { renderMonteCarloText } from './terminal-monte-carlo.ts'
import { manyDays } from './testing/fixture-monte-carlo.ts'

const text = renderMonteCarloText(manyDays, {
  s: 12,
  reproduce: 'npx micropop simulate summit.yaml --runs 100',
})
const lineOf = (start: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(start))
    ?.replace(/ {2,}/g, ' | ')

test('every line fits a terminal, and what was assumed of a day is said', () => {
  expect(text.split('\n').filter((line) => line.length > 100)).toEqual([])
  expect(text.replaceAll('\n', ' ')).toContain(
    'The outage happens on 40 % of days, starts within 10 min (uniform) and lasts within 50 % (lognormal) of what is planned.',
  )
  expect(text.replaceAll('\n', ' ')).toContain(
    'Of t3.large on spot in eu-west-1 5 % to 10 % are taken back in a month (advisor, 2026-06-01).',
  )
  expect(text).toContain('Took 12 s. Again: npx micropop simulate summit.yaml --runs 100')
})

test('quantiles that the days do not bound, or did not see, are told as such', () => {
  expect(lineOf('Acknowledged, p99 ')).toBe(
    'Acknowledged, p99 | 80.0 ms | 120 ms | 480 ms | 900 ms | 430 ms and 560 ms',
  )
  expect(lineOf('Recovery ')).toBe('Recovery | 4 s | 6 s | not seen | not seen | too few days (6)')
})

test('the chance of a level stands beside its interval and its outcome', () => {
  expect(text).toMatch(/Acknowledged, p99 +≤ 500 ms +100 +91 % +83\.8 % to 95\.2 % +inconclusive/)
  expect(text).toMatch(/Acknowledged and lost +none +100 +100 % +96\.3 % to 100 % +met/)
  expect(text).toMatch(/Recovery +≤ 60 s +0 +not measured/)
})

test('days beyond the calibration are counted', () => {
  expect(text).toContain('  sessions at once: 2200, the calibration had 160 (98 of 100 days)')
})

test('factors are named with where they stand; one that moves nothing is left out', () => {
  expect(text).toMatch(/Engagement +−23 % +90\.0 ms +\+30 % +460 ms +rank correlation 0\.87/)
  expect(text).toMatch(/Outage +does not +118 ms +happens +120 ms/)
  expect(text).toMatch(/Spot machine of remote +stays +120 ms +goes after 4 h +122 ms/)
  expect(text).not.toContain('CPU credits at start')
  expect(text).not.toContain('Uplink bytes as planned')
})
