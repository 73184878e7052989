// The page on rehearsed deployments says of each type who judges it: moto, or the twin's cloud alone.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TWIN_TYPES } from '../simulator/twin-cloud/aws-resources.ts'
import { shortType } from '../simulator/twin-cloud/faults.ts'
import { JUDGED_TYPES } from '../simulator/twin-cloud/moto/judged-types.ts'
import { ROOT } from './source-tree.ts'

const PAGE = join(ROOT, 'docs/deployment-rehearsal.md')

function listed(types: string[]): string {
  const names = types.map(shortType).sort()
  return names.map((name) => `\`${name}\``).join(', ')
}

test('the table names every type, as it is judged', () => {
  const types = [...TWIN_TYPES]
  const judged = types.filter((type) => type in JUDGED_TYPES)
  const changed = judged.filter((type) => JUDGED_TYPES[type]?.update !== undefined)
  const table = [
    '| who judges | types |',
    '|---|---|',
    `| moto: making, changing, deleting | ${listed(changed)} |`,
    `| moto: making and deleting | ${listed(judged.filter((type) => !changed.includes(type)))} |`,
    `| the twin's cloud alone | ${listed(types.filter((type) => !(type in JUDGED_TYPES)))} |`,
  ].join('\n')
  expect(readFileSync(PAGE, 'utf8')).toContain(table)
})
