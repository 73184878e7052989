// Rows of spot-interruptions.csv: how often AWS's Spot Advisor says that machines of a type are taken back.

/** Lower ends of its bands, in percent of a month. */
const BAND_FROM = { '<5%': 0, '5-10%': 5, '10-15%': 10, '15-20%': 15, '>20%': 20 }

function bandOf({ interruption_band_label: label }) {
  if (!(label in BAND_FROM)) throw new Error(`no band of interruption ${label}`)
  return BAND_FROM[label]
}

/** One row a type and snapshot with a cell a region, types in the order of `bySize`, a header first. */
export function spotBands(advised, regions, bySize) {
  const ofType = ({ instance_type, source_id, snapshot_date }) =>
    [instance_type, source_id, snapshot_date].join(',')
  const banded = [...Map.groupBy(advised, ofType)].sort(([a], [b]) => (bySize(a) < bySize(b) ? -1 : 1))
  return [
    ['instance_type', 'source', 'source_date', ...regions],
    ...banded.map(([of, rows]) => {
      const bands = new Map(rows.map((row) => [row.region, bandOf(row)]))
      return [of, ...regions.map((region) => bands.get(region) ?? '')]
    }),
  ]
}
