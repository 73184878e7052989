// What subscribers missed in a cut is resumed from the history, and what it no longer has is lost to them.
import { expect, test } from 'vitest'
import { EventQueue } from '../engine/event-queue.ts'
import { NEVER_ACKED_MS } from '../models/attendee-client.ts'
import { Recording } from '../recording.ts'
import { Broadcasts } from './broadcasts.ts'
import { VenueRouter } from './venue-router.ts'

/** Ten subscribers, a message a second at 0.5 s and so on, the link cut from 3 s to 6 s. p99 of deliveries by second, ms. */
function deliveries(history: number): (number | null)[] {
  const clock = new EventQueue()
  const recording = new Recording(10)
  const router = new VenueRouter({
    clock,
    name: 'hall',
    uplink: { rateBps: 1e9, rttMs: 20 },
    backupUplink: null,
    lost: () => broadcasts.lost(),
    opened: () => broadcasts.resume(),
  })
  const broadcasts = new Broadcasts({ clock, recording, router, history, messageMs: 5 })
  broadcasts.subscribers = 10
  for (let s = 0; s < 10; s++) clock.at(s * 1_000 + 500, () => broadcasts.send(clock.nowMs))
  clock.at(3_000, () => router.cut('uplink'))
  clock.at(6_000, () => router.restore('uplink'))
  clock.run(20_000)
  broadcasts.end()
  clock.verify()
  expect(broadcasts.deliveredBytes).toBeGreaterThan(0)
  return recording.series().deliveryP99Ms
}

test('all that a cut held up comes once it is over', () => {
  const p99 = deliveries(1_000)
  const near = (ms: number) => expect.closeTo(ms, -Math.log10(0.02 * ms))
  expect(p99.slice(0, 3)).toEqual([near(15), near(15), near(15)])
  expect(p99.slice(3, 6)).toEqual([near(2_535), near(1_535), near(535)])
  expect(p99.slice(6)).toEqual([near(15), near(15), near(15), near(15)])
})

test('what the history no longer has never comes', () => {
  const p99 = deliveries(2)
  expect(p99[3]).toBeGreaterThan(0.99 * NEVER_ACKED_MS)
  expect(p99[4]).toBeLessThan(1_600)
  expect(p99[5]).toBeLessThan(600)
})
