// When a certificate is renewed for an event: as late as it takes, as seldom as authorities like it.
import { expect, test } from 'vitest'
import { judgeCertificate, MARGIN_MS } from './lifetime.ts'

const DAY_MS = 24 * 3_600_000
const EVENT_ENDS_MS = 1_000 * DAY_MS
/** Days before the event's end and its margin. */
const before = (days: number) => EVENT_ENDS_MS + MARGIN_MS - days * DAY_MS
/** One of 90 days, made so many days before. */
const madeAt = (days: number) => ({
  state: 'good' as const,
  startsAtMs: before(days),
  expiresAtMs: before(days - 90),
})

test('one that outlasts the event with its margin is kept', () => {
  expect(judgeCertificate(madeAt(90), EVENT_ENDS_MS, before(10))).toEqual({
    outlasts: true,
    renewFor: null,
    lateEnoughMs: null,
  })
})

test('one that ends a moment sooner is renewed as soon as another would outlast it', () => {
  const judged = judgeCertificate(madeAt(91), EVENT_ENDS_MS, before(90))
  expect(judged).toEqual({ outlasts: false, renewFor: 'it ends before the event does', lateEnoughMs: null })
})

test('months ahead a fresh one is kept, with the day from which on another is of use', () => {
  const judged = judgeCertificate(madeAt(200), EVENT_ENDS_MS, before(195))
  expect(judged).toEqual({ outlasts: false, renewFor: null, lateEnoughMs: before(90) })
})

test('months ahead one of which a third is gone is renewed', () => {
  expect(judgeCertificate(madeAt(200), EVENT_ENDS_MS, before(169)).renewFor).not.toBeNull()
})

test('none, or one that cannot be used, is a reason by itself', () => {
  expect(judgeCertificate({ state: 'none' }, EVENT_ENDS_MS, 0).renewFor).toBe('there is none')
  expect(judgeCertificate({ state: 'bad', why: 'not for it' }, EVENT_ENDS_MS, 0).renewFor).toBe('not for it')
})
