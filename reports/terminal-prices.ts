// What AWS changed since the price book was gathered, for the terminal: row by row, with what is new and what vanished.
import type { PriceChange, PriceRefresh } from '../simulator/costs/refresh/refresh-result.ts'
import { columns, plain, shortened, wrapped } from './plain-text.ts'

const WIDTH = 100
const RATE_MAX = 46
/** The rest is in the JSON. */
const ROWS_MAX = 200

export function renderPricesText(refresh: PriceRefresh): string {
  const { date, regions, changed, added, vanished, same, notUnderstood, folder } = refresh
  const lines = [
    ...wrapped(`Prices of ${date} in ${regions.join(', ')}, as AWS says them, beside the price book`, WIDTH),
    `${same} are what they were, ${changed.length} changed, ${added.length} are new, ${vanished.length} vanished`,
    ...table('Changed', changed),
    ...table('New', added),
    ...table('Vanished: AWS says them no longer; the price book goes on to have them', vanished),
    ...(notUnderstood.length === 0
      ? []
      : [
          '',
          'Said in a form that is not understood, and left as they are',
          ...notUnderstood.map((each) => `  ${plain(each)}`),
        ]),
    '',
    folder === null ? 'Nothing was written' : `Written to ${plain(folder)}`,
    ...(folder === null ? [] : [`Use it with: micropop forecast EVENT --prices ${plain(folder)}`]),
  ]
  return `${lines.join('\n')}\n`
}

function table(title: string, changes: PriceChange[]): string[] {
  if (changes.length === 0) return []
  const rows = changes
    .slice(0, ROWS_MAX)
    .map(({ region, rate, from, old, new: now, percent }) => [
      `  ${plain(region)}`,
      shortened(plain(from === '0' ? rate : `${rate} from ${from}`), RATE_MAX),
      old === null ? '-' : old.priceUsd,
      now === null ? '-' : now.priceUsd,
      percent === null ? '' : `${percent} %`,
    ])
  const more = changes.length - rows.length
  return [
    '',
    title,
    ...columns([['  Region', 'Rate', 'Old USD', 'New USD', 'Change'], ...rows], [0, 1], 2),
    ...(more > 0 ? [`  and ${more} more; --format json has them all`] : []),
  ]
}
