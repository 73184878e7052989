// The forecast of an event from what is known beforehand: expected usage, the default calibration, the product's price book.
import type { EventSpec } from '../../infra/event/event.ts'
import type { ResourceGraph } from '../../infra/graph.ts'
import { defaultCalibration } from '../calibration/default-calibration.ts'
import { surrogateUsage } from '../surrogate/surrogate.ts'
import type { Usage } from '../usage.ts'
import { forecast } from './forecast.ts'
import type { Forecast } from './forecast-result.ts'
import { loadPriceBook } from './price-book.ts'

/** `instead`: what to count in place of an expected usage. Default: what is expected. */
export function expectedCost(
  graph: ResourceGraph,
  event: EventSpec,
  instead: (usage: Usage) => Usage = (usage) => usage,
): Forecast {
  const usages = surrogateUsage(graph, event, defaultCalibration()).map(instead)
  return forecast(graph, event, usages, loadPriceBook())
}
