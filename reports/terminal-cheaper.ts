// Ways to get an event under its budget, for the terminal.
import type { CheaperWay } from '../simulator/costs/cheaper/cheaper-result.ts'
import { formatUsd, formatValue } from './format.ts'
import { plain, wrapped } from './plain-text.ts'

const WIDTH = 100

export function cheaperLines(ways: readonly CheaperWay[] | null): string[] {
  if (ways === null) return []
  if (ways.length === 0) return ['', 'No change that was tried makes it cheaper.']
  const under = ways.some(({ underBudget }) => underBudget)
  return [
    '',
    under
      ? 'Ways to get under the budget'
      : 'No set of changes that was tried gets under the budget; the closest',
    ...ways.flatMap(({ changes, total, saves, missed }, i) => [
      ...wrapped(
        `${i + 1}. ${formatUsd(total)}, ${formatUsd(saves)} less; by formulas ${levelsText(missed)}`,
        WIDTH,
        '  ',
      ),
      ...changes.flatMap(({ what, line, write, risk }) =>
        wrapped(
          plain(`line ${line}: \`${write}\` – ${what}${risk === null ? '' : `; ${risk}`}`),
          WIDTH,
          '     ',
        ),
      ),
    ]),
  ]
}

function levelsText(missed: CheaperWay['missed']): string {
  if (missed === null) return 'it is not told whether the service levels hold'
  if (missed.length === 0) return 'every service level holds that holds now'
  return missed
    .map(
      ({ label, value, limit, unit }) =>
        `${label} ${formatValue(value, unit)} MISSES ${formatValue(limit, unit)}`,
    )
    .join(', ')
}
