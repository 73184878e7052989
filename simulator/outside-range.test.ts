import { expect, test } from 'vitest'
import { outsideRange } from './outside-range.ts'

const RANGE = { sessions: 10, publishesPerS: 2, deliveriesPerS: 20, backlog: 5 }
const within = {
  series: { sessions: [null, 10, 3] },
  figures: [{ id: 'backlog-peak' as const, value: 5 }],
  busiest: { publishes: 2, deliveries: 20 },
  unverified: [null],
}

test('a run at the limits of what was measured is within them', () => {
  expect(outsideRange(RANGE, within)).toEqual([])
})

test('what goes beyond is named with both figures', () => {
  const reached = {
    series: { sessions: [11] },
    figures: [{ id: 'backlog-peak' as const, value: 6 }],
    busiest: { publishes: 3, deliveries: 21 },
    unverified: ['hall: other hardware', null],
  }
  expect(outsideRange(RANGE, reached)).toEqual([
    'sessions at once: 11, the calibration had 10',
    'publishes in the busiest second: 3, the calibration had 2',
    'deliveries in the busiest second: 21, the calibration had 20',
    'messages waiting for central: 6, the calibration had 5',
    'hall: other hardware',
  ])
})
