// Sponsors in a forecast, for the terminal and as CSV: what they are expected to pay, and a total split.
import type { Allocation } from '../simulator/costs/sponsors/allocation-result.ts'
import type { SponsorIncome } from '../simulator/costs/sponsors/sponsor-income-result.ts'
import { renderCsv } from './csv.ts'
import { exactDollars, formatQuantity, formatUsd } from './format.ts'
import { columns, plain, shortened, wrapped } from './plain-text.ts'

const WIDTH = 100
const NAME_MAX = 48
const NOBODY = 'unallocated'

/** `cost`: of the event, before tax. */
export function renderSponsorIncome({ sponsors, total, outage }: SponsorIncome, cost: bigint): string {
  const rows = sponsors.map(({ sponsor, userSeconds, income, bound }) => [
    shortened(plain(sponsor), NAME_MAX),
    formatQuantity(userSeconds, 0),
    formatUsd(income),
    bound === null ? '' : `by the ${bound}`,
  ])
  const what = outage
    ? `The outage ${plain(outage.name)} would take ${formatUsd(outage.withPops.income)} of it (${formatQuantity(outage.withPops.userSeconds, 0)} user-seconds); without PoPs ${formatUsd(outage.withoutPops.income)} (${formatQuantity(outage.withoutPops.userSeconds, 0)}).`
    : ''
  return `${[
    '',
    'Sponsors, before tax, as expected',
    ...columns([['Sponsor', 'User-seconds', 'Income', ''], ...rows], [0, 3], 2),
    `Income ${formatUsd(total)}, cost ${formatUsd(cost)}: net ${formatUsd(total - cost)}`,
    ...(what === '' ? [] : wrapped(what, WIDTH)),
  ].join('\n')}\n`
}

export function renderAllocationText({ by, parts, total }: Allocation): string {
  const rows = parts.map(({ of, amount }) => [
    of === null ? NOBODY : shortened(plain(of), NAME_MAX),
    formatUsd(amount),
  ])
  return `${['', `The total by ${by}`, ...columns([...rows, ['Total', formatUsd(total)]], [0], 2)].join('\n')}\n`
}

export function renderAllocationCsv({ by, parts, total }: Allocation): string {
  return renderCsv([
    ['by', 'of', 'exact_usd', 'amount_usd'],
    ...parts.map(({ of, exact, amount }) => [by, of ?? NOBODY, exactDollars(exact), exactDollars(amount)]),
    ['total', null, null, exactDollars(total)],
  ])
}
