import { describe, expect, test } from 'vitest'
import type { OutageWindow } from '../run-result.ts'
import { checkOutages } from './check-outages.ts'
import type { VenuePlan } from './run-plan.ts'

const uplink = { rateBps: 1e6, rttMs: 20 }
const venues: VenuePlan[] = [{ name: 'hall', attendees: 20, sessions: 2, uplink, backupUplink: null }]
const cut = (startS: number, endS: number, changed: Partial<OutageWindow> = {}): OutageWindow => ({
  venue: 'hall',
  target: 'uplink',
  startS,
  endS,
  ...changed,
})

test('outages one after the other are fine, and of two links at once too', () => {
  const backedUp = venues.map((venue) => ({ ...venue, backupUplink: uplink }))
  const outages = [cut(5, 10), cut(10, 12), cut(6, 9, { target: 'backup-uplink' })]
  expect(() => checkOutages({ venues: backedUp, outages })).not.toThrow()
})

describe('refused is an outage', () => {
  test.each([
    ['that never ends', [cut(5, Number.POSITIVE_INFINITY)], /from 5 s to Infinity s never ends/],
    ['without an end', [cut(5, Number.NaN)], /never ends/],
    ['without a start', [cut(Number.NaN, 5)], /never starts/],
    ['that ends before it starts', [cut(10, 5)], /ends before it starts/],
    ['of no length', [cut(10, 10)], /ends before it starts/],
    ['that overlaps another', [cut(5, 10), cut(8, 12)], /from 8 s to 12 s overlaps .* from 5 s to 10 s/],
    ['of a venue that is not there', [cut(5, 10, { venue: 'cellar' })], /names no venue/],
    ['of a link that is not there', [cut(5, 10, { target: 'backup-uplink' })], /link that is not there/],
  ])('%s', (_, outages, message) => {
    expect(() => checkOutages({ venues, outages })).toThrow(
      expect.objectContaining({
        code: 'MP_OUTAGE',
        exitCode: 2,
        message: expect.stringMatching(message),
        remedy: expect.stringContaining('one at a time'),
      }),
    )
  })
})
