// Which rung and which format a request gets.
import { expect, test } from 'vitest'
import { formatFor, LADDER, rungFor } from './ladder.ts'

test.each([
  [1, 160],
  [160, 160],
  [161, 320],
  [641, 960],
  [1920, 1920],
  [9_999, 1920],
])('a width of %i is served at %i', (width, rung) => {
  expect(rungFor(width)).toBe(rung)
})

test('the rungs ascend', () => {
  expect([...LADDER].sort((a, b) => a - b)).toEqual(LADDER)
})

test.each([
  [undefined, 'jpeg'],
  ['', 'jpeg'],
  ['*/*', 'jpeg'],
  ['image/*,*/*;q=0.8', 'jpeg'],
  ['image/webp', 'webp'],
  ['image/avif,image/webp,image/apng,*/*;q=0.8', 'webp'],
  ['image/avif, IMAGE/WEBP;q=0.5', 'webp'],
  ['image/webp;q=0', 'jpeg'],
  ['image/webp;q=0.0, image/jpeg', 'jpeg'],
  ['image/webpx', 'jpeg'],
])('Accept: %s gets %s', (accept, format) => {
  expect(formatFor(accept)).toBe(format)
})
