import { expect, test } from 'vitest'
import type { DrawnSession } from '../workload/run-plan.ts'
import { DELIVERY_SAMPLES_MAX, deliveryEvery, scheduledSessions } from './schedule.ts'
import { PLAN } from './testing/run.ts'

function crowd(venue: string, sessions: number, chats: number): DrawnSession[] {
  const actions = Array.from({ length: chats }, (_, i) => ({ atMs: i, kind: 'chat' as const }))
  return Array.from({ length: sessions }, (_, i) => ({
    client: `${venue}-${i}`,
    venue,
    link: 'fast',
    startMs: 0,
    endMs: 1_000,
    actions,
    dropsAtMs: [],
  }))
}

test('every delivery is written down while there are few', () => {
  expect(deliveryEvery({ sessions: crowd('hall', 100, 10) })).toBe(1)
})

test('of many deliveries a share is written down that keeps to the bound', () => {
  const sessions = [...crowd('hall', 300, 10), ...crowd('remote', 100, 10)]
  const deliveries = 300 * 3_000 + 100 * 1_000
  const every = deliveryEvery({ sessions })
  expect(deliveries / every).toBeLessThanOrEqual(DELIVERY_SAMPLES_MAX)
  expect(deliveries / (every - 1)).toBeGreaterThan(DELIVERY_SAMPLES_MAX)
})

test('each session gets the addresses of its link, and a link without one is an error', () => {
  const addresses = new Map([['fast', { session: '127.0.0.1:1', images: '127.0.0.1:2' }]])
  const [first] = scheduledSessions({ sessions: crowd('hall', 1, 0) }, addresses)
  expect(first).toMatchObject({ client: 'hall-0', session: '127.0.0.1:1', images: '127.0.0.1:2' })
  expect(() => scheduledSessions(PLAN, addresses)).toThrow('slow')
})
