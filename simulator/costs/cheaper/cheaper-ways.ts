// The cheapest ways to get an event under its budget: changes tried one by one, then together, each re-priced.
import type { EventSpec, PicoUsd } from '../../../infra/event/event.ts'
import { readYaml } from '../../../infra/event/yaml-source.ts'
import { InvalidInput } from '../../../runtime/errors.ts'
import type { Calibration } from '../../calibration/calibration.ts'
import { openScenario, type Scenario } from '../../scenario.ts'
import { surrogateUsage } from '../../surrogate/surrogate.ts'
import { forecast } from '../forecast.ts'
import type { PriceBook } from '../price-book.ts'
import { type Change, cheaperChanges } from './changes.ts'
import type { CheaperWay, MissedLevel } from './cheaper-result.ts'
import { missedLevels } from './missed-levels.ts'

const WAYS_MAX = 3
/** More changes than that are another event. */
const CHANGES_MAX = 6
/** Sets that begin with each of the changes that save most. */
const STARTS = 4

interface Tried {
  changes: Change[]
  total: PicoUsd
  missed: MissedLevel[] | null
}

export interface CheaperOptions {
  calibration: Calibration
  book: PriceBook
  limit: PicoUsd
}

/**
 * Up to three, those that keep the service levels first, then those of fewer changes, then the cheapest. A change that saves
 * nothing or whose price is not known is none.
 */
export async function cheaperWays(scenario: Scenario, options: CheaperOptions): Promise<CheaperWay[]> {
  const { event } = scenario
  const { calibration, book, limit } = options
  const { total: before, unpriced } = priced(scenario, calibration, book)
  const missedBefore = missedLevels(scenario, calibration) ?? []

  const attempt = async (changes: Change[]): Promise<Tried | null> => {
    const changed = await opened(changes.reduce((of: EventSpec, { apply }) => apply(of), event))
    if (changed === null) return null
    const cost = priced(changed, calibration, book)
    if (cost.total >= before || cost.unpriced.length > unpriced.length) return null
    const missed = missedLevels(changed, calibration)
    const fresh = missed?.filter(({ label }) => !missedBefore.some((of) => of.label === label)) ?? null
    return { changes, total: cost.total, missed: fresh }
  }

  const singles: Tried[] = []
  for (const change of cheaperChanges(event)) {
    const tried = await attempt([change])
    if (tried !== null) singles.push(tried)
  }
  singles.sort((a, b) => broken(a) - broken(b) || Number(a.total - b.total))
  const found = singles.filter(({ total }) => total <= limit)
  const sets: Tried[] = []
  for (const start of found.length >= WAYS_MAX ? [] : singles.slice(0, STARTS)) {
    const tried = await attempt(enoughFrom(start, singles, before, limit))
    if (tried !== null && !sets.some((set) => sameSet(set, tried))) sets.push(tried)
  }
  const under = [...found, ...sets].filter(({ total }) => total <= limit)
  const closest = [...sets, ...singles].toSorted((a, b) => Number(a.total - b.total)).slice(0, 1)
  const source = readYaml(event.file, event.file, 'event file')
  return (under.length > 0 ? under : closest)
    .sort((a, b) => broken(a) - broken(b) || a.changes.length - b.changes.length || Number(a.total - b.total))
    .slice(0, WAYS_MAX)
    .map(({ changes, total, missed }) => ({
      changes: changes.map(({ what, path, write, risk }) => {
        return { what, line: source.keyAt(path).line ?? 1, write, risk }
      }),
      total,
      saves: before - total,
      underBudget: total <= limit,
      missed,
    }))
}

function priced({ graph, event }: Scenario, calibration: Calibration, book: PriceBook) {
  return forecast(graph, event, surrogateUsage(graph, event, calibration), book)
}

/** null: the program refuses such an event. */
async function opened(event: EventSpec): Promise<Scenario | null> {
  try {
    return await openScenario(event)
  } catch (error) {
    if (error instanceof InvalidInput) return null
    throw error
  }
}

/** Changes of other places are added, those that save most first, until what they save alone is enough. */
function enoughFrom(start: Tried, singles: Tried[], before: PicoUsd, limit: PicoUsd): Change[] {
  const set = [...start.changes]
  let total = start.total
  for (const { changes, total: alone } of singles) {
    if (total <= limit || set.length === CHANGES_MAX) break
    const [change] = changes as [Change]
    if (set.some(({ path }) => path.join() === change.path.join())) continue
    set.push(change)
    total -= before - alone
  }
  return set
}

function sameSet(a: Tried, b: Tried): boolean {
  return a.changes.length === b.changes.length && a.changes.every((change) => b.changes.includes(change))
}

function broken({ missed }: Tried): number {
  return missed === null ? 1 : missed.length > 0 ? 2 : 0
}
