// Writes docs/operations.md from the runbooks that the drills perform. Run it after a change to one of them:
//   node tools/build-operations.ts
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { operationsPage } from '../simulator/drills/operations-page.ts'
import { DRILLS } from '../simulator/drills/perform-drill.ts'

const runbooks = Object.values(DRILLS).map(({ runbook }) => runbook)
writeFileSync(fileURLToPath(new URL('../docs/operations.md', import.meta.url)), operationsPage(runbooks))
process.stdout.write('docs/operations.md\n')
