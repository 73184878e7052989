import { expect, test } from 'vitest'
import { cpuCost, cpuMsOf } from './cpu-cost.ts'

const work = { overMs: 240_000, joins: 100, publishes: 1_000, deliveries: 20_000, pages: 100, polls: 1_000 }

test('what a run measured is what its work costs by the model', () => {
  const cost = cpuCost([{ cpuMs: 5_500, ...work }])
  // 5,500 less 1,200 of polling, 4 idle minutes of 210, 230 of joins, 200 of deliveries, 400 of pages: 2,630.
  expect(cost.publishMs).toBeCloseTo(2.63)
  expect(cpuMsOf(cost, work)).toBeCloseTo(4_300)
})

test('a PoP without work takes its idle time', () => {
  const cost = cpuCost([{ cpuMs: 4_300, ...work }])
  expect(cpuMsOf(cost, { overMs: 120_000, joins: 0, publishes: 0, deliveries: 0, pages: 0 })).toBe(
    2 * cost.idleMsPerMinute,
  )
})

test('where less was measured than is stated, or nothing published, a publish costs nothing', () => {
  expect(cpuCost([{ ...work, cpuMs: 1_000 }]).publishMs).toBe(0)
  expect(cpuCost([{ ...work, publishes: 0, cpuMs: 9_000 }]).publishMs).toBe(0)
})

test('runs that differ in what they did tell the costs apart', () => {
  const truth = { idleMsPerMinute: 300, joinMs: 3, publishMs: 2, deliveryMs: 0.03, pageMs: 8 }
  const runs = [
    { overMs: 600_000, joins: 10, publishes: 0, deliveries: 0, pages: 0, polls: 0 },
    { overMs: 60_000, joins: 2_000, publishes: 100, deliveries: 1_000, pages: 10, polls: 0 },
    { overMs: 60_000, joins: 100, publishes: 3_000, deliveries: 9_000, pages: 10, polls: 0 },
    { overMs: 60_000, joins: 100, publishes: 500, deliveries: 300_000, pages: 10, polls: 0 },
    { overMs: 60_000, joins: 100, publishes: 100, deliveries: 1_000, pages: 2_000, polls: 0 },
  ].map((run) => ({ ...run, cpuMs: cpuMsOf(truth, run) }))
  const found = cpuCost(runs)
  for (const name of ['idleMsPerMinute', 'joinMs', 'publishMs', 'deliveryMs', 'pageMs'] as const) {
    expect(Math.abs(found[name] / truth[name] - 1)).toBeLessThan(0.1)
  }
})
