// Rates as the files of a price book: what `--prices` lays over the one that is shipped.
import { decimalText } from '../money.ts'
import { fileOf, HEADER, type Rate } from '../price-book.ts'
import { LIST_SOURCE } from './answers.ts'
import { SPOT_DAYS, SPOT_SOURCE } from './spot-history.ts'

/** Content by file name. */
export function overlayFiles(rates: readonly Rate[], date: string): Record<string, string> {
  const byFile = Map.groupBy(rates, ({ id }) => fileOf(id))
  const files = [...byFile].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, of]) => [`${name}.csv`, csv(of)])
  const sources = {
    [LIST_SOURCE]: { origin: 'AWS', date, note: 'GetProducts of the AWS Price List Query API' },
    [SPOT_SOURCE]: {
      origin: 'AWS',
      date,
      note: `DescribeSpotPriceHistory: the mean over the zones of each one's mean over ${SPOT_DAYS} days`,
    },
  }
  return {
    ...Object.fromEntries(files),
    'sources.json': `${JSON.stringify({ gathered: date, sources }, null, 2)}\n`,
  }
}

function csv(rates: Rate[]): string {
  const rows = rates
    .toSorted((a, b) => (a.id === b.id ? (a.region < b.region ? -1 : 1) : a.id < b.id ? -1 : 1))
    .flatMap(({ region, id, unit, tiers }) =>
      tiers.map(({ priceUsd, from, to, source }) =>
        [
          ...[region, id, decimalText(priceUsd), unit],
          ...[decimalText(from), to ? decimalText(to) : '', source.id, source.date],
        ].join(','),
      ),
    )
  return `${[HEADER, ...rows].join('\n')}\n`
}
