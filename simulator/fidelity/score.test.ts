import { expect, test } from 'vitest'
import { scoreFigure } from './score.ts'

const figure = (live: number[], twin: number, id = 'ack-p50') => ({
  id,
  label: id,
  unit: 'ms' as const,
  live,
  twin,
})

test('the error is that of the median of the live runs, as a share', () => {
  expect(scoreFigure(figure([90, 100, 104], 109))).toMatchObject({ median: 100, error: 0.09, met: true })
  expect(scoreFigure(figure([100, 102], 91))).toMatchObject({ median: 101, error: expect.closeTo(-0.099, 3) })
})

test('it may be as large as the goal, or as the spread of the live runs where that is larger', () => {
  expect(scoreFigure(figure([100, 100, 100], 112)).met).toBe(false)
  expect(scoreFigure(figure([100, 100, 100], 112, 'ack-p99')).met).toBe(true)
  expect(scoreFigure(figure([90, 100, 110], 119))).toMatchObject({ spread: 0.2, allowed: 0.2, met: true })
  expect(scoreFigure(figure([90, 100, 110], 121)).met).toBe(false)
})

test('where nothing was measured, nothing is right and all else infinitely wrong', () => {
  expect(scoreFigure(figure([0, 0], 0))).toMatchObject({ error: 0, met: true })
  expect(scoreFigure(figure([0, 0], 1))).toMatchObject({ error: Number.POSITIVE_INFINITY, met: false })
})
