import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fidelityPage } from '../reports/fidelity-page.ts'
import compared from '../simulator/fidelity/compared.json' with { type: 'json' }
import type { MeasuredFidelity } from '../simulator/fidelity/fidelity-result.ts'
import measured from '../simulator/fidelity/measured.json' with { type: 'json' }
import { MISSES } from '../simulator/fidelity/misses.ts'
import { score } from '../simulator/fidelity/score.ts'
import { COMPARED } from '../simulator/surrogate/compared-range.ts'

const fidelity = score(measured as MeasuredFidelity)

test('docs/fidelity.md is what was measured', () => {
  const page = readFileSync(new URL('../docs/fidelity.md', import.meta.url), 'utf8')
  expect(page).toBe(fidelityPage(fidelity, compared, MISSES))
})

test('it scores at least six rehearsals that differ, none calibrated on itself', () => {
  expect(fidelity.rehearsals.length).toBeGreaterThanOrEqual(6)
  for (const { id, calibratedOn } of fidelity.rehearsals) {
    expect(calibratedOn.length).toBeGreaterThanOrEqual(5)
    expect(calibratedOn).not.toContain(id)
  }
})

test('a figure that is missed without a reason stops the page', () => {
  const [first, ...rest] = fidelity.rehearsals
  if (!first) throw new Error('no rehearsal')
  const figures = first.figures.map((figure) => ({ ...figure, id: 'nobody-knows', met: false }))
  expect(() =>
    fidelityPage({ ...fidelity, rehearsals: [{ ...first, figures }, ...rest] }, compared, MISSES),
  ).toThrow('nobody-knows is missed')
})

test('the formulas were compared over a grid, up to where they refuse', () => {
  expect(compared.length).toBeGreaterThanOrEqual(27)
  expect(Math.max(...compared.map(({ outageS }) => outageS))).toBe(COMPARED.outageS)
})
