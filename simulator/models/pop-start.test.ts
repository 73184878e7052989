// A killed PoP takes as long to start as those that the calibration saw, and what is only stated is said to be.
import { expect, test } from 'vitest'
import { popStartOf } from './pop-start.ts'

test('without a run that killed a PoP the start is stated, and unverified', () => {
  for (const calibration of [{}, { popStartMs: [] }]) {
    expect(popStartOf(calibration)).toEqual({
      ms: 1_300,
      unverified: 'start of a killed PoP: 1.3 s are stated, no run of the calibration killed one',
    })
  }
})

test('with such runs it is the median of what they took, which one slow start does not move', () => {
  expect(popStartOf({ popStartMs: [900, 5_000, 800] })).toEqual({ ms: 900, unverified: null })
  expect(popStartOf({ popStartMs: [900, 800] })).toEqual({ ms: 850, unverified: null })
})
