// The worked example of docs/finance.md: each row multiplies out, is a line of the forecast, and they sum to its total.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import { exactUsd, formatUsd } from '../reports/format.ts'
import { defaultCalibration } from '../simulator/calibration/default-calibration.ts'
import { expectedCost } from '../simulator/costs/expected-cost.ts'
import { amountOf, decimal } from '../simulator/costs/money.ts'
import { outageCost } from '../simulator/costs/outage/outage-cost.ts'
import { loadPriceBook } from '../simulator/costs/price-book.ts'
import { sponsorIncome } from '../simulator/costs/sponsors/sponsor-income.ts'
import { openScenario } from '../simulator/scenario.ts'

const page = readFileSync(new URL('../docs/finance.md', import.meta.url), 'utf8')
const section = /## A worked example\n(.*?)\n## /s.exec(page)?.[1] ?? ''
const rows = [...section.matchAll(/^\| (?!line|--)(.*) \|$/gm)].map(([, row = '']) =>
  row.split(' |').map((cell) => cell.replaceAll('*', '').trim()),
)
const pico = (usd: string) => amountOf(decimal(usd), decimal('1'))

test('the worked example is what the forecast says, line by line', async () => {
  const { graph, event } = await openScenario(loadEvent('scenarios/events/pop-up-stand.yaml'))
  const { lines, total } = expectedCost(graph, event)
  const named = rows.filter(([, , quantity]) => quantity !== '')
  expect(named.length).toBe(12)
  const left = lines.map(({ description, quantity, rate, amount }) =>
    [description, quantity, rate, amount].join(' | '),
  )
  for (const [line = '', , quantity = '', rate = '', amount = ''] of named) {
    expect(amountOf(decimal(rate), decimal(quantity)), line).toBe(pico(amount))
    const at = left.indexOf([line, quantity, rate, pico(amount)].join(' | '))
    expect(at, `${line}: no such line of the forecast`).toBeGreaterThanOrEqual(0)
    left.splice(at, 1)
  }
  const [smaller, sum] = rows.slice(named.length)
  expect(smaller?.[0]).toBe(`${left.length} smaller lines`)
  const rest = left.reduce((amount, line) => amount + BigInt(line.split(' | ').at(-1) ?? 0), 0n)
  expect(smaller?.at(-1)).toBe(exactUsd(rest).replace(' USD', ''))
  expect(sum?.at(-1)).toBe(exactUsd(total).replace(' USD', ''))
  expect(named.reduce((amount, row) => amount + pico(row.at(-1) ?? ''), 0n) + rest).toBe(total)
})

test('what the page says of an outage is what the forecast says', async () => {
  const outages = /## What an outage costs\n(.*?)\n## /s.exec(page)?.[1]?.replaceAll('\n', ' ') ?? ''
  const [, file = '', without] =
    /In `(\S+)` five minutes without the hall's uplink cost less than a cent; without PoPs sponsors would pay (\$\S+) less/.exec(
      outages,
    ) ?? []
  const scenario = await openScenario(loadEvent(file))
  const { graph, event } = scenario
  expect(event.outage?.steps).toMatchObject([{ venue: 'hall', target: 'uplink', durationS: 300 }])
  const cost = expectedCost(graph, event)
  const options = { calibration: defaultCalibration(), book: loadPriceBook(), cost, twin: null }
  const total = outageCost(scenario, options)?.total ?? 0n
  expect(total > 0n && total < pico('0.01')).toBe(true)
  expect(formatUsd(sponsorIncome(event).outage?.withoutPops.income ?? 0n)).toBe(without)
})
