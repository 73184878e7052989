// Two events side by side: their forecasts line by line, and the figures of their service levels.
import type { EventSpec } from '../../../infra/event/event.ts'
import { InvalidInput } from '../../../runtime/errors.ts'
import { defaultCalibration } from '../../calibration/default-calibration.ts'
import { openScenario, planDay, type Scenario } from '../../scenario.ts'
import { surrogateRun } from '../../surrogate/surrogate-run.ts'
import { runTwin } from '../../twin.ts'
import { outagesIn } from '../../workload/plan.ts'
import { dayOfOutage } from '../../workload/show-day.ts'
import { expectedCost } from '../expected-cost.ts'
import type { PriceBook } from '../price-book.ts'
import { compareLines } from './compare-lines.ts'
import type { EventComparison, FigureChange } from './compare-result.ts'

export interface Side {
  named: string
  event: EventSpec
}

export interface CompareOptions {
  figuresFrom: 'surrogate' | 'twin'
  seed: number
  book: PriceBook
  signal?: AbortSignal
}

type Figures = Pick<FigureChange, 'id' | 'label' | 'unit'> & { value: number | null }

/** Where the formulas were not compared with the twin, the costs are compared without figures. */
export async function compareEvents(
  before: Side,
  after: Side,
  options: CompareOptions,
): Promise<EventComparison> {
  const [a, b] = [await openScenario(before.event), await openScenario(after.event)]
  const priced = ({ graph, event }: Scenario) => expectedCost(graph, event, { book: options.book })
  const cost = compareLines(priced(a), priced(b))
  const of = { before: before.named, after: after.named, cost }
  try {
    const figures = paired(await figuresOf(a, options), await figuresOf(b, options))
    return { ...of, figures, figuresFrom: options.figuresFrom, noFigures: null }
  } catch (error) {
    if (!(error instanceof InvalidInput) || error.code !== 'MP_SURROGATE_RANGE') throw error
    return { ...of, figures: [], figuresFrom: null, noFigures: error.message }
  }
}

async function figuresOf(
  scenario: Scenario,
  { figuresFrom, seed, signal }: CompareOptions,
): Promise<Figures[]> {
  const { event, topology } = scenario
  const calibration = defaultCalibration()
  if (figuresFrom === 'twin') {
    const plan = planDay(scenario, seed)
    const run = { event, topology, plan, calibration, reproduce: '', wallMs: () => 0 }
    return (await runTwin({ ...run, ...(signal && { signal }) })).figures
  }
  const window = { startS: 0, endS: event.dayS }
  const outages = outagesIn(event, dayOfOutage(event))
  return surrogateRun({ event, topology, calibration, window, outages }).figures
}

function paired(before: readonly Figures[], after: readonly Figures[]): FigureChange[] {
  return before.map(({ id, label, unit, value }) => ({
    ...{ id, label, unit, before: value },
    after: after.find((figure) => figure.id === id)?.value ?? null,
  }))
}
