// A slip is recognised, and something else is not taken for one.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { closest, didYouMean, editDistance, list } from './suggest.ts'

const KEYS = ['attendees', 'placement', 'uplink', 'access', 'stay', 'pop']

test.each([
  ['attendes', 'attendees'],
  ['Attendees', 'attendees'],
  ['uplnik', 'uplink'],
  ['acess', 'access'],
  ['sty', 'stay'],
  ['budget', undefined],
  ['x', undefined],
  ['a'.repeat(10_000), undefined],
])('%s → %s', (word, expected) => {
  expect(closest(word, KEYS)).toBe(expected)
})

test('of equally near words the first is named', () => {
  expect(closest('pob', ['pot', 'pop'])).toBe('pot')
})

test('where nothing is near, a short list is told whole and a long one is not', () => {
  expect(didYouMean('budget', ['a', 'b'])).toBe('; known are a and b')
  expect(didYouMean('budget', ['a'])).toBe('; the only one is a')
  expect(
    didYouMean(
      'budget',
      Array.from({ length: 40 }, (_, i) => `word${i}`),
    ),
  ).toBe('')
  expect(list(['a', 'b', 'c'], 'or')).toBe('a, b or c')
})

test('a swap of neighbours is one edit, as Damerau counts', () => {
  expect(editDistance('uplink', 'uplnik')).toBe(1)
  expect(editDistance('kitten', 'sitting')).toBe(3)
  expect(editDistance('', 'abc')).toBe(3)
})

test('the distance is symmetric, zero only for equal words, and no longer than the longer word', () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b)
      expect(editDistance(b, a)).toBe(distance)
      expect(distance === 0).toBe(a === b)
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
    }),
  )
})
