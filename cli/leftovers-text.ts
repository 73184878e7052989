// What `micropop leftovers` prints.
import { exactUsd, formatUsd } from '../reports/format.ts'
import { columns, plain } from '../reports/plain-text.ts'
import type { Leftover, LeftoverCost } from '../simulator/leftovers/leftovers.ts'

export interface Found {
  event: string
  /** Asked. */
  regions: readonly string[]
  /** Day of the price book. */
  book: string
  left: readonly Leftover[]
  /** A month, of what is known. */
  picoUsd: bigint
}

export function leftoversText({ event, regions, book, left, picoUsd }: Found): string {
  const asked = `AWS lists under micropop:event=${event} in ${regions.join(' and ')}`
  if (left.length === 0) return `Nothing is left: ${asked} nothing.`
  const costly = left.filter(({ cost }) => cost.is !== 'free')
  const rows = left.map(({ what, venue, cost }) => [plain(what), plain(venue ?? '-'), costText(cost)])
  const unknown = costly.filter(({ cost }) => cost.is === 'unknown').length
  return [
    ...columns([['what', 'venue', 'a month'], ...rows], [0, 1, 2]),
    '',
    costly.length === 0
      ? `${asked} only what is free.`
      : `${costly.length} things cost or may cost: ${formatUsd(picoUsd)} a month is known (price book of ${book}), ${unknown} have no known price.`,
    'What was deleted within the last hours may still be listed; what carries no tag is not.',
  ].join('\n')
}

/** Amounts as exact decimals: JSON has no bigint. */
export function leftoversJson({ left, picoUsd, ...found }: Found): string {
  const amounts = left.map(({ cost, ...one }) => ({
    ...one,
    cost: cost.is === 'priced' ? { is: cost.is, monthly: exactUsd(cost.picoUsd), of: cost.of } : cost,
  }))
  return JSON.stringify({ ...found, left: amounts, monthly: exactUsd(picoUsd) }, null, 2)
}

function costText(cost: LeftoverCost): string {
  if (cost.is === 'free') return 'free'
  return cost.is === 'priced' ? `${formatUsd(cost.picoUsd)} (${cost.of})` : `? ${cost.why}`
}
