// Spend so far, for the terminal.
import type { MeasuredVenue, SoFar } from '../simulator/costs/so-far/so-far-result.ts'
import { share } from './factors.ts'
import { formatUsd } from './format.ts'
import { plain, wrapped } from './plain-text.ts'

const WIDTH = 100

export function soFarLines(soFar: SoFar | null): string[] {
  if (soFar === null) return []
  const { untilAt, spent, forecast, projected, total, budget, venues, ignored } = soFar
  const against =
    budget === null
      ? ''
      : `, ${budget.outcome === 'over' ? 'OVER' : 'within'} the budget of ${formatUsd(budget.limit)}`
  return [
    '',
    ...wrapped(
      `By ${untilAt.replace('T', ' ')} ${formatUsd(spent)} are spent, ${formatUsd(forecast)} were forecast until then. Going on like this it ends at ${formatUsd(projected)}, forecast ${formatUsd(total)}${against}.`,
      WIDTH,
    ),
    ...venues.flatMap((venue) => wrapped(plain(venueText(venue)), WIDTH, '  ')),
    ...(ignored.length === 0
      ? []
      : wrapped(plain(`Not read, since it says nothing of cost: ${ignored.join(', ')}.`), WIDTH, '  ')),
  ]
}

function venueText({ venue, egress, uplink, cpu }: MeasuredVenue): string {
  const told = ([what, ratio]: readonly [string, number | null]) =>
    ratio === null ? `${what} not measured` : `${what} ${share(ratio)} of what was expected`
  const parts = [['egress', egress] as const, ['uplink', uplink] as const, ['processor', cpu] as const]
  return `${venue}: ${parts.map(told).join(', ')}`
}
