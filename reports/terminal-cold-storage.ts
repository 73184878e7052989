// Cold storage at night for the terminal: what each class saves and costs, and what to do.
import type { ColdStorage } from '../simulator/costs/cold-storage/cold-storage-result.ts'
import { formatBytes, formatCount, formatUsd } from './format.ts'
import { columns, plain, wrapped } from './plain-text.ts'

const WIDTH = 100

export function renderColdStorageText(result: ColdStorage): string {
  const { event, region, bytes, objects, nights, classes } = result
  const usd = (amount: bigint | null) => (amount === null ? 'no rate' : formatUsd(amount))
  return `${[
    `${plain(event)}: ${formatBytes(bytes)} in ${formatCount(objects)} objects in ${region}, ${nights.length} nights between shows`,
    '',
    ...columns([
      ['Class', 'Saved', 'Its storage', 'Moves', 'Retrieval', 'Net', ''],
      ...classes.map(({ storageClass, saved, storage, moves, retrieval, net, tooSlow }) => [
        storageClass,
        ...[saved, storage, moves, retrieval, net].map(usd),
        tooSlow ? 'too slow for a night' : '',
      ]),
    ]),
    '',
    ...classes.flatMap(({ storageClass, missing }) =>
      missing.length === 0
        ? []
        : wrapped(`${storageClass}: the price book has no ${missing.join(', ')}`, WIDTH, '  '),
    ),
    ...archiveLines(result),
    advice(result),
  ].join('\n')}\n`
}

/** What is moved each night is written back as new objects, which the rule counts from then on. */
function archiveLines({ archive }: ColdStorage): string[] {
  if (archive === null) return []
  const { storageClass, afterDays, duringEvent } = archive
  const rule = `central.archive moves objects to ${storageClass} after ${afterDays} days`
  const what = duringEvent
    ? `${rule}, before the event ends: \`forecast\` prices that. What is moved at night is written back as new, and waits from then on.`
    : `${rule}, when the event is over: no night is changed by it, and \`forecast\` has nothing of it to price.`
  return wrapped(what, WIDTH)
}

function advice({ advice: what, best, nights }: ColdStorage): string {
  if (what === 'move') return `Move the assets to ${best} at night`
  if (what === 'unknown')
    return 'Not known: rates are missing, and none of the classes that are priced saves. `micropop prices refresh` asks AWS for them'
  return nights.length === 0
    ? 'Leave the assets where they are: there is no night between shows'
    : 'Leave the assets where they are: every class loses money'
}
