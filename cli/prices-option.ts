// `--prices`: rates from a folder that `prices refresh` wrote, for every verb that prices something.
import { Option } from 'commander'
import type { PriceBook } from '../simulator/costs/price-book.ts'

export function pricesOption(): Option {
  return new Option(
    '--prices <dir>',
    'rates that `micropop prices refresh` wrote, laid over those that are shipped',
  )
}

/** Default: the shipped price book. Errors: MP_PRICE_BOOK_MISSING, MP_PRICE_BOOK_INVALID. */
export async function priceBookFrom(folder: string | undefined): Promise<PriceBook> {
  const { loadPriceBook } = await import('../simulator/costs/price-book.ts')
  return loadPriceBook(undefined, folder)
}
