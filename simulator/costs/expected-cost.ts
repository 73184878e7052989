// The forecast of an event from what is known beforehand: expected usage and the default calibration.
import type { EventSpec } from '../../infra/event/event.ts'
import type { ResourceGraph } from '../../infra/graph.ts'
import { defaultCalibration } from '../calibration/default-calibration.ts'
import { surrogateUsage } from '../surrogate/surrogate.ts'
import type { Usage } from '../usage.ts'
import { forecast } from './forecast.ts'
import type { Forecast } from './forecast-result.ts'
import { loadPriceBook, type PriceBook } from './price-book.ts'

export interface ExpectedCostOptions {
  /** Default: the one that is shipped. */
  book?: PriceBook
  /** What to count in place of an expected usage. Default: what is expected. */
  instead?: (usage: Usage) => Usage
}

export function expectedCost(
  graph: ResourceGraph,
  event: EventSpec,
  { book = loadPriceBook(), instead = (usage) => usage }: ExpectedCostOptions = {},
): Forecast {
  const usages = surrogateUsage(graph, event, defaultCalibration()).map(instead)
  return forecast(graph, event, usages, book)
}
