// The page of many days: what is known and what not, and a plot of each figure that depends on something.
import { expect, test } from 'vitest'
import { renderMonteCarloHtml } from './monte-carlo-html.ts'
import { figureBars, tornadoPlot } from './plots/tornado.ts'
import { manyDays } from './testing/fixture-monte-carlo.ts'

const page = renderMonteCarloHtml(manyDays, 'npx micropop simulate summit.yaml --runs 100')
const text = (markup: string) => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

test('chances and quantiles stand beside how sure they are', () => {
  const rows = page.match(/<tr><th scope="row">.*?<\/tr>/gs)?.map((row) => text(row).trim())
  expect(rows).toEqual([
    'Acknowledged, p99 ≤ 500 ms 91 % inconclusive 83.8 % to 95.2 % 100',
    'Recovery ≤ 60 s not measured 0',
    'Acknowledged and lost none 100 % met 96.3 % to 100 % 100',
    'Acknowledged, p99 80.0 ms 78.0 ms and 84.0 ms 120 ms 110 ms and 131 ms 480 ms 430 ms and 560 ms 900 ms ≥ 700 ms',
    'Recovery 4 s too few days (6) 6 s ≥ 4 s not seen too few days (6) not seen too few days (6)',
  ])
})

test('each figure that depends on something has its plot, told in words too; equal results give equal pages', () => {
  const told = [...page.matchAll(/<svg [^>]*role="img" aria-label="([^"]*)"/g)].map(([, label]) => label)
  expect(new Set(told)).toEqual(
    new Set([
      'Acknowledged, p99 as planned is 120 ms; Engagement moves it most, between 90.0 ms (−23 %) and 460 ms (+30 %).',
      'Page loaded, p50 as planned is 100 ms; Engagement moves it most, between 100 ms (−23 %) and 101 ms (+30 %).',
    ]),
  )
  expect(renderMonteCarloHtml(manyDays, 'npx micropop simulate summit.yaml --runs 100')).toBe(page)
  expect(page).not.toContain('<script')
})

test('a bar goes from the figure as planned to each end, and a factor without effect has none', () => {
  const [ack] = manyDays.tornados
  if (!ack) throw new Error('the fixture has changed')
  const { option } = tornadoPlot(figureBars(ack), 'x', 900)
  const series = option.series as { data: { value: number }[] }[]
  expect(series.map(({ data }) => data.map(({ value }) => value))).toEqual([
    [-30, -2, 0],
    [340, 0, 2],
  ])
})
