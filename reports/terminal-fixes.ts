// Changes of an event that withstand an outage, cheapest first, for the terminal.
import type { Fix, FixesResult } from '../simulator/fixes/fixes-result.ts'
import { formatCount, formatUsd } from './format.ts'
import { columns, plain, wrapped } from './plain-text.ts'
import { brokenLines } from './terminal-shrink.ts'

const WIDTH = 100

export function renderFixesText({ event, file, outage, seed, broken, fixes }: FixesResult): string {
  const good = fixes.filter((fix) => fix.broken.length === 0)
  const others = fixes.filter((fix) => fix.broken.length > 0)
  return `${[
    `${plain(outage)} at ${plain(event)}, seed ${seed}`,
    '',
    ...brokenLines(broken),
    '',
    ...(good.length === 0
      ? [`None of ${formatCount(fixes.length)} changes withstands it.`]
      : [
          'Withstand it, cheapest first:',
          ...columns(
            good.map((fix) => [
              `  ${costText(fix)}`,
              plain(fix.what),
              `${plain(file)}:${fix.line}: ${plain(fix.write)}`,
            ]),
            [0, 1, 2],
          ),
        ]),
    ...(others.length === 0
      ? []
      : wrapped(`Do not: ${others.map(({ what }) => plain(what)).join('; ')}.`, WIDTH)),
    ...unpricedLines(good),
  ].join('\n')}\n`
}

function costText({ difference, unpriced }: Fix): string {
  if (unpriced !== null && difference === 0n) return 'unpriced'
  const sign = difference > 0n ? '+' : ''
  return `${sign}${formatUsd(difference)}${unpriced === null ? '' : ' *'}`
}

function unpricedLines(fixes: readonly Fix[]): string[] {
  const whys = [...new Set(fixes.flatMap(({ unpriced }) => (unpriced === null ? [] : [unpriced])))]
  return whys.length === 0 ? [] : wrapped(`Unpriced: ${whys.map(plain).join('; ')}.`, WIDTH)
}
