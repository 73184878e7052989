// A certificate that is missing or ends too soon, in the decision: told early, a no-go when the set-up is near.
import { expect, test } from 'vitest'
import { withCertificates } from './certificate-decision.ts'
import type { Decided } from './decision.ts'

const DAY_MS = 86_400_000
const SETUP_MS = Date.UTC(2027, 2, 1)
const GO: Decided = { decision: 'go', reasons: ['Every service level was met in every run.'] }
const state = { venue: 'hall', name: 'hall.example.org', lateEnoughMs: null }
const missing = { ...state, outlasts: false, expiresAtMs: null, fault: 'there is none' }
const short = {
  ...{ ...state, outlasts: false, fault: 'it ends before the event does' },
  ...{ expiresAtMs: Date.UTC(2027, 1, 27), lateEnoughMs: Date.UTC(2027, 0, 2) },
}
const good = { ...state, outlasts: true, expiresAtMs: Date.UTC(2027, 4, 1), fault: null }

test('certificates that outlast the event change nothing', () => {
  expect(withCertificates(GO, [good], SETUP_MS, SETUP_MS)).toEqual(GO)
})

test('months ahead it is said, with the day from which on another is of use', () => {
  expect(withCertificates(GO, [good, short], SETUP_MS, SETUP_MS - 60 * DAY_MS)).toEqual({
    decision: 'go',
    reasons: [
      ...GO.reasons,
      'The certificate of hall.example.org: it ends before the event does (2027-02-27). Obtain one with `micropop certificate obtain`, from 2027-01-02 on.',
    ],
  })
})

test('two weeks before the set-up it is a no-go, and the first reason', () => {
  const near = SETUP_MS - 14 * DAY_MS
  expect(withCertificates(GO, [missing], SETUP_MS, near)).toEqual({
    decision: 'no-go',
    reasons: [
      'The certificate of hall.example.org: there is none. Obtain one with `micropop certificate obtain`.',
    ],
  })
  const missed: Decided = { decision: 'no-go', reasons: ['The forecast is over the budget.'] }
  expect(withCertificates(missed, [missing], SETUP_MS, near).reasons).toHaveLength(2)
})
