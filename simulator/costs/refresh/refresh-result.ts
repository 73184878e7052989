// What `prices refresh` hands to the renderers: which prices AWS changed since the price book was gathered.

/** One tier of a rate. Prices are exact decimals in USD. */
export interface PriceChange {
  region: string
  rate: string
  unit: string
  /** Start of the tier; 0 for most rates. */
  from: string
  /** Null: the price book did not have it. */
  old: { priceUsd: string; source: string; date: string } | null
  /** Null: AWS no longer says it. */
  new: { priceUsd: string } | null
  /** (new − old) / old in percent, to two places; null where there is nothing to compare with. */
  percent: string | null
}

export interface PriceRefresh {
  /** Day on which AWS was asked, `YYYY-MM-DD`. */
  date: string
  regions: string[]
  changed: PriceChange[]
  added: PriceChange[]
  vanished: PriceChange[]
  /** Tiers whose price is what it was. */
  same: number
  /** Products whose price is in a form that is not understood: they are left as the price book has them. */
  notUnderstood: string[]
  /** Where the overlay was written; null: nowhere. */
  folder: string | null
}
