// Tries changes of an event against its outage, all on the same seed, and prices them.
import { readYaml } from '../../infra/event/yaml-source.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import { expectedCost } from '../costs/expected-cost.ts'
import type { PriceBook } from '../costs/price-book.ts'
import { openScenario, type Scenario } from '../scenario.ts'
import { brokenLevels, type JudgeOptions } from '../shrink/broken-levels.ts'
import { candidatesOf } from './candidates.ts'
import type { Fix, FixesResult } from './fixes-result.ts'

export interface FixesOptions extends JudgeOptions {
  book: PriceBook
  /** After each change: how many were tried, of how many. */
  progress?: (done: number, of: number) => void
}

/**
 * The attendees and what they do are the same in each run: what differs is the change. Errors: MP_NO_OUTAGE,
 * MP_OUTAGE_HARMLESS where the outage breaks nothing.
 */
export async function fixes(scenario: Scenario, options: FixesOptions): Promise<FixesResult> {
  const { event, graph } = scenario
  if (event.outage === null) {
    const remedy = 'Give --outage FILE; `micropop shrink` finds one that breaks something.'
    throw new InvalidInput('MP_NO_OUTAGE', `${event.name} names no outage`, remedy, { file: event.file })
  }
  const { steps } = event.outage
  const broken = await brokenLevels(scenario, steps, options)
  if (broken.length === 0) {
    const remedy =
      'Nothing needs to be fixed for it; `micropop shrink` finds an outage that breaks something.'
    throw new InvalidInput('MP_OUTAGE_HARMLESS', `${event.name} withstands ${event.outage.name}`, remedy, {
      file: event.outage.file,
    })
  }
  const source = readYaml(event.file, event.file, 'event file')
  const { book } = options
  const cost = expectedCost(graph, event, { book }).total
  const candidates = candidatesOf(event)
  const tried: Fix[] = []
  for (const { what, path, write, unpriced, event: changed } of candidates) {
    options.signal?.throwIfAborted()
    const as = await openScenario(changed)
    tried.push({
      what,
      line: source.keyAt(path).line ?? 1,
      write,
      broken: await brokenLevels(as, steps, options),
      difference: expectedCost(as.graph, changed, { book }).total - cost,
      unpriced,
    })
    options.progress?.(tried.length, candidates.length)
  }
  return {
    event: event.name,
    file: event.file,
    outage: event.outage.name,
    seed: options.seed,
    broken,
    fixes: tried.toSorted(byUse),
  }
}

function byUse(a: Fix, b: Fix): number {
  const of = (fix: Fix) => [fix.broken.length === 0 ? 0 : 1, fix.unpriced === null ? 0 : 1]
  const [[aHolds, aPriced], [bHolds, bPriced]] = [of(a), of(b)] as [number[], number[]]
  return (
    (aHolds as number) - (bHolds as number) ||
    (aPriced as number) - (bPriced as number) ||
    Number(a.difference - b.difference)
  )
}
