// What changed in cost between two forecasts, line by line, each with its reason. Money is exact pico-dollars.
import type { PicoUsd } from '../../../infra/event/event.ts'
import type { Figure } from '../../run-result.ts'
import type { UnpricedLine } from '../forecast-result.ts'

export type ChangeReason = 'new' | 'removed' | 'price' | 'quantity' | 'price and quantity' | 'same'

export interface LineSide {
  quantity: string
  /** USD per unit; null: several lines of one key, at different rates. */
  rate: string | null
  /** After discounts, before tax. */
  amount: PicoUsd
}

export interface LineChange {
  venue: string
  urn: string
  description: string
  unit: string
  rateId: string | null
  /** null: there was no such line. */
  before: LineSide | null
  after: LineSide | null
  reason: ChangeReason
  /** `difference` is the sum of the two, exactly. What is new or removed is a matter of quantity. */
  priceEffect: PicoUsd
  quantityEffect: PicoUsd
  difference: PicoUsd
}

export interface LineComparison {
  /** Every line of both, those that change most first. */
  lines: LineChange[]
  before: PicoUsd
  after: PicoUsd
  difference: PicoUsd
  /** Sums to `difference`: of lines on one side only, and the two effects on the lines of both. */
  reasons: { added: PicoUsd; removed: PicoUsd; price: PicoUsd; quantity: PicoUsd }
  /** What has no price, on one side only. */
  unpriced: { added: UnpricedLine[]; removed: UnpricedLine[] }
}

export interface FigureChange {
  id: string
  label: string
  unit: Figure['unit'] | 'CPU ms'
  before: number | null
  after: number | null
}

export interface EventComparison {
  /** As the command line names them. */
  before: string
  after: string
  cost: LineComparison
  figures: FigureChange[]
  /** null: neither has figures, for the reason in `noFigures`. */
  figuresFrom: 'surrogate' | 'twin' | null
  noFigures: string | null
}
