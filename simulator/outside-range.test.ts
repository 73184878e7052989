import { expect, test } from 'vitest'
import { outsideRange } from './outside-range.ts'
import type { RunPlan } from './workload/run-plan.ts'

const RANGE = { sessions: 10, publishesPerS: 2, deliveriesPerS: 20, backlog: 5 }
const action = (atMs: number, kind: 'chat' | 'vote' | 'page') => ({ atMs, kind })
const planOf = (...actions: ReturnType<typeof action>[]) =>
  ({ sessions: [{ actions }] }) as unknown as RunPlan
const within = {
  series: { sessions: [null, 10, 3] },
  figures: [{ id: 'backlog-peak' as const, value: 5 }],
  deliveriesPerS: 20,
  unverified: [null],
}

test('a run at the limits of what was measured is within them; pages are no publishes', () => {
  const plan = planOf(action(100, 'chat'), action(900, 'vote'), action(950, 'page'), action(1_000, 'chat'))
  expect(outsideRange(plan, RANGE, within)).toEqual([])
})

test('what goes beyond is named with both figures', () => {
  const plan = planOf(action(100, 'chat'), action(500, 'chat'), action(900, 'vote'))
  const reached = {
    series: { sessions: [11] },
    figures: [{ id: 'backlog-peak' as const, value: 6 }],
    deliveriesPerS: 21,
    unverified: ['hall: other hardware', null],
  }
  expect(outsideRange(plan, RANGE, reached)).toEqual([
    'sessions at once: 11, the calibration had 10',
    'publishes in the busiest second: 3, the calibration had 2',
    'deliveries in the busiest second: 21, the calibration had 20',
    'messages waiting for central: 6, the calibration had 5',
    'hall: other hardware',
  ])
})
