// Two forecasts line by line: lines are matched by resource, description and rate, and each difference is split exactly.
import type { PicoUsd } from '../../../infra/event/event.ts'
import type { CostLine, UnpricedLine } from '../forecast-result.ts'
import { amountOf, type Decimal, decimal, decimalText, divideRounded, isZero, plus } from '../money.ts'
import type { ChangeReason, LineChange, LineComparison, LineSide } from './compare-result.ts'

/** What of a forecast a comparison reads. */
export interface Compared {
  lines: readonly Pick<
    CostLine,
    'venue' | 'urn' | 'description' | 'unit' | 'rateId' | 'quantity' | 'rate' | 'amount'
  >[]
  unpriced: readonly UnpricedLine[]
}

type Line = Compared['lines'][number]

export function compareLines(before: Compared, after: Compared): LineComparison {
  const [was, is] = [byKey(before.lines, keyOf), byKey(after.lines, keyOf)]
  const lines = [...new Set([...was.keys(), ...is.keys()])]
    .map((key) => changeOf(was.get(key) ?? [], is.get(key) ?? []))
    .toSorted((a, b) => compareSize(b.difference, a.difference))
  const sum = (of: (line: LineChange) => PicoUsd) => lines.reduce((total, line) => total + of(line), 0n)
  const only = (reason: ChangeReason) => sum((line) => (line.reason === reason ? line.difference : 0n))
  const shared = (effect: 'priceEffect' | 'quantityEffect') =>
    sum((line) => (line.before && line.after ? line[effect] : 0n))
  return {
    lines,
    before: sum((line) => line.before?.amount ?? 0n),
    after: sum((line) => line.after?.amount ?? 0n),
    difference: sum((line) => line.difference),
    reasons: {
      added: only('new'),
      removed: only('removed'),
      price: shared('priceEffect'),
      quantity: shared('quantityEffect'),
    },
    unpriced: {
      added: notIn(after.unpriced, before.unpriced),
      removed: notIn(before.unpriced, after.unpriced),
    },
  }
}

/** Without the stack, which is named for the event: two events have no resource in common otherwise. */
function resourceOf(urn: string): string {
  return urn.replace(/^urn:pulumi:[^:]*::/, '')
}

function keyOf({ urn, description, rateId, unit }: Line): string {
  return JSON.stringify([resourceOf(urn), description, rateId, unit])
}

function byKey<T>(lines: readonly T[], key: (line: T) => string): Map<string, T[]> {
  return Map.groupBy(lines, key)
}

function changeOf(was: readonly Line[], is: readonly Line[]): LineChange {
  const { venue, urn, description, unit, rateId } = (is[0] ?? was[0]) as Line
  const [before, after] = [sideOf(was), sideOf(is)]
  const difference = (after?.amount ?? 0n) - (before?.amount ?? 0n)
  const quantityEffect = before && after ? quantityEffectOf(before, after) : difference
  const priceEffect = difference - quantityEffect
  const reason = reasonOf(before, after, priceEffect)
  return {
    ...{ venue, urn, description, unit, rateId, before, after, reason },
    ...{ priceEffect, quantityEffect, difference },
  }
}

function sideOf(lines: readonly Line[]): LineSide | null {
  const [first] = lines
  if (!first) return null
  const quantity = lines.map((line) => decimal(line.quantity)).reduce(plus)
  return {
    quantity: decimalText(quantity),
    rate: lines.every(({ rate }) => rate === first.rate) ? first.rate : null,
    amount: lines.reduce((sum, { amount }) => sum + amount, 0n),
  }
}

/** At the price before, discounts included: what is left of the difference is the price's. */
function quantityEffectOf(before: LineSide, after: LineSide): PicoUsd {
  const [was, is] = [decimal(before.quantity), decimal(after.quantity)]
  if (isZero(was)) return before.rate === null ? after.amount : amountOf(decimal(before.rate), is)
  return proportional(before.amount, is, was) - before.amount
}

/** `amount` × `is` / `was`, to the nearest pico-dollar. */
function proportional(amount: PicoUsd, is: Decimal, was: Decimal): PicoUsd {
  const scale = Math.max(is.scale, was.scale)
  const digits = ({ digits, scale: own }: Decimal) => digits * 10n ** BigInt(scale - own)
  const [top, bottom] = [amount * digits(is), digits(was)]
  return bottom < 0n ? divideRounded(-top, -bottom) : divideRounded(top, bottom)
}

function reasonOf(before: LineSide | null, after: LineSide | null, priceEffect: PicoUsd): ChangeReason {
  if (before === null) return 'new'
  if (after === null) return 'removed'
  const quantity = before.quantity !== after.quantity
  // A change of scale is rounded to the pico-dollar, which is no change of price.
  const price = before.rate !== after.rate || (quantity ? size(priceEffect) > 1n : priceEffect !== 0n)
  if (price && quantity) return 'price and quantity'
  return price ? 'price' : quantity ? 'quantity' : 'same'
}

function compareSize(a: PicoUsd, b: PicoUsd): number {
  const [x, y] = [size(a), size(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

function size(amount: PicoUsd): PicoUsd {
  return amount < 0n ? -amount : amount
}

/** Each line of the other side stands for one of this. */
function notIn(lines: readonly UnpricedLine[], others: readonly UnpricedLine[]): UnpricedLine[] {
  const key = ({ urn, description, why }: UnpricedLine) => JSON.stringify([resourceOf(urn), description, why])
  const left = byKey(others, key)
  return lines.filter((line) => left.get(key(line))?.pop() === undefined)
}
