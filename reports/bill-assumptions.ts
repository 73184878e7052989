// What was assumed of an event's possible bills, in sentences.
import type { CostInterval } from '../simulator/costs/interval/interval-result.ts'
import { assumptions, overrunText, spreadText } from './factors.ts'

type Drawn = Pick<CostInterval, 'uncertainty' | 'spotShares' | 'drivers'>

/** A line each. */
export function billAssumptions(interval: Drawn): string[] {
  const { uncertainty, spotShares } = interval
  return [
    ...assumptions(uncertainty, spotShares),
    ...(isDrawn(interval, 'spot-price') ? [spotText(uncertainty)] : []),
  ]
}

/** Those that few events have: the spot price, an overrun. */
export function rarelyDrawn(interval: Drawn): string[] {
  const { uncertainty } = interval
  return [
    ...(isDrawn(interval, 'spot-price') ? [spotText(uncertainty)] : []),
    ...(isDrawn(interval, 'overrun') ? [overrunText(uncertainty.overrun)] : []),
  ]
}

/** What no bill draws: `Prices and hours stay as planned`. */
export function staysAsPlanned(interval: Drawn): string {
  const prices = isDrawn(interval, 'spot-price') ? "Prices other than the spot market's" : 'Prices'
  return `${prices}${isDrawn(interval, 'overrun') ? '' : ' and hours'} stay as planned`
}

function isDrawn({ drivers }: Drawn, factor: CostInterval['drivers'][number]['factor']): boolean {
  return drivers.some((driver) => driver.factor === factor)
}

function spotText({ spot }: CostInterval['uncertainty']): string {
  return `The price of spot machines is ${spreadText(spot.price)} of the price book's, for all of them together.`
}
