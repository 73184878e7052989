// Ways under the budget: what they say to write, written, costs what they say; they are few, and what is kept is kept.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadEvent } from '../../../infra/event/load.ts'
import { defaultCalibration } from '../../calibration/default-calibration.ts'
import { openScenario, type Scenario } from '../../scenario.ts'
import { expectedCost } from '../expected-cost.ts'
import { loadPriceBook } from '../price-book.ts'
import type { CheaperWay } from './cheaper-result.ts'
import { cheaperWays } from './cheaper-ways.ts'

const FILE = 'scenarios/events/hybrid-conference-2000.yaml'
const USD = 10n ** 12n
/** A search prices some twenty events, in some seconds; a busy machine is allowed for. */
const TIMEOUT_MS = 180_000

let folder: string
let scenario: Scenario
let total: bigint
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cheaper-'))
  scenario = await openScenario(loadEvent(FILE))
  total = expectedCost(scenario.graph, scenario.event).total
})
afterAll(() => rm(folder, { recursive: true }))

const waysTo = (limit: bigint) =>
  cheaperWays(scenario, { calibration: defaultCalibration(), book: loadPriceBook(), limit })

/** The event file with each change written at its line, as the way says. */
async function written({ changes }: CheaperWay): Promise<string> {
  const lines = readFileSync(FILE, 'utf8')
    .replaceAll('../', `${resolve('scenarios')}/`)
    .split('\n')
  for (const { line, write } of changes) {
    const key = write.slice(0, write.indexOf(':'))
    const before = lines[line - 1] ?? ''
    lines[line - 1] = before.replace(new RegExp(`\\b${key}: [^,}]+?(?= *[,}]|$)`), write)
    expect(lines[line - 1], `${key} stands in line ${line}`).not.toBe(before)
  }
  const file = join(folder, 'changed.yaml')
  await writeFile(file, lines.join('\n'))
  return file
}

test(
  'what a way says to write costs, once written, what the way says',
  async () => {
    const limit = total - 2n * USD
    const ways = await waysTo(limit)
    expect(ways).toHaveLength(3)
    for (const way of ways) {
      const changed = await openScenario(loadEvent(await written(way)))
      expect(expectedCost(changed.graph, changed.event).total).toBe(way.total)
      expect(way.total).toBeLessThanOrEqual(limit)
      expect(way).toMatchObject({ underBudget: true, saves: total - way.total, missed: [] })
    }
  },
  TIMEOUT_MS,
)

test(
  'where one change is enough, ways have one',
  async () => {
    const ways = await waysTo(total - USD / 100n)
    expect(ways.map(({ changes }) => changes.length)).toEqual([1, 1, 1])
  },
  TIMEOUT_MS,
)

test(
  'where nothing is enough, the closest is told as what it is',
  async () => {
    const ways = await waysTo(USD)
    expect(ways).toHaveLength(1)
    expect(ways[0]).toMatchObject({ underBudget: false })
  },
  TIMEOUT_MS,
)
