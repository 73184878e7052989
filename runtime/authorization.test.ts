// Who is let in: the bearer of the secret; and which addresses only this machine can reach.
import { expect, test } from 'vitest'
import { acceptedTokens, isAuthorized, isLoopback } from './authorization.ts'

test('only the exact secret as a bearer token is authorized', () => {
  expect(isAuthorized('Bearer s3cret', 's3cret')).toBe(true)
  expect(isAuthorized('bearer s3cret', 's3cret')).toBe(true)
  for (const header of [
    undefined,
    '',
    's3cret',
    'Basic s3cret',
    'Bearer ',
    'Bearer s3cre',
    'Bearer s3crets',
  ]) {
    expect(isAuthorized(header, 's3cret')).toBe(false)
  }
})

test('while the secret is changed both are accepted; without one, nothing is asked for', () => {
  expect(acceptedTokens('old', null)).toEqual(['old'])
  expect(acceptedTokens('old', 'new')).toEqual(['old', 'new'])
  expect(acceptedTokens(null, 'new')).toEqual([])
})

test.each([
  ['127.0.0.1', true],
  ['127.8.0.1', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.0.0.1.example.org', false],
  ['', false],
])('%s is loopback: %s', (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback)
})
