import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_ROOT } from '../rehearsal/live-tools.ts'
import { operationsPage } from './operations-page.ts'
import { DRILLS } from './perform-drill.ts'

const runbooks = Object.values(DRILLS).map(({ runbook }) => runbook)

test('the page for people is what the drills perform: node tools/build-operations.ts writes it', () => {
  expect(readFileSync(join(PROJECT_ROOT, 'docs', 'operations.md'), 'utf8')).toBe(operationsPage(runbooks))
})

test('every drill is under the name of its runbook, and every step says all that a person needs', () => {
  for (const [name, { runbook }] of Object.entries(DRILLS)) {
    expect(runbook.name).toBe(name)
    const ids = runbook.steps.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { id, title, look, expect: seen, stop, back } of runbook.steps) {
      expect(id).toMatch(/^[a-z-]+$/)
      for (const text of [title, look, seen, stop, back]) expect(text.trim()).not.toBe('')
    }
  }
})

test('a step shows what to look at, what to type, what to expect, when to stop and how to go back', () => {
  const [runbook] = runbooks
  const step = {
    id: 'one',
    title: 'The step',
    look: 'L?',
    type: ['a', 'b'],
    expect: 'E.',
    stop: 'S.',
    back: 'B.',
  }
  expect(
    operationsPage([{ ...(runbook as (typeof runbooks)[0]), steps: [step] }]),
  ).toContain(`### 1. The step (\`one\`)

**Look.** L?

\`\`\`sh
a
b
\`\`\`

- **Expect:** E.
- **Stop when:** S.
- **Way back:** B.
`)
})
