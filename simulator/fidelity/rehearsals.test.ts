import { expect, test } from 'vitest'
import type { DrawnPlan } from '../workload/run-plan.ts'
import { openRehearsal, REHEARSALS } from './rehearsals.ts'

test('every rehearsal has a plan of a live run’s length, and they differ in load, outages and links', async () => {
  const plans: DrawnPlan[] = []
  for (const rehearsal of REHEARSALS) plans.push((await openRehearsal(rehearsal)).plan)
  for (const [i, { sessions, durationMs }] of plans.entries()) {
    expect(sessions.length).toBeLessThanOrEqual(REHEARSALS[i]?.sessions ?? 0)
    expect(durationMs).toBeLessThanOrEqual(150_000)
  }
  const different = (of: (plan: DrawnPlan) => string) => new Set(plans.map(of)).size
  expect(different(({ sessions }) => `${sessions.length}`)).toBeGreaterThanOrEqual(3)
  expect(
    different(({ outages }) => outages.map(({ startS, endS }) => endS - startS).join()),
  ).toBeGreaterThanOrEqual(4)
  expect(
    different(({ links }) => links.map(({ technology, signal }) => technology + signal).join()),
  ).toBeGreaterThanOrEqual(3)
})
