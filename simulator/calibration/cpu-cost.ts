// What a PoP's work costs its processor, from the processor time that a run measured.
import { QUEUE_POLL_CPU_MS, STATED_CPU } from '../models/machine.ts'
import type { CpuCost } from './calibration.ts'

/** What PoPs did; sums over all of them. */
export interface Work {
  /** How long they were up for it; two PoPs for a minute are two minutes. */
  overMs: number
  /** Sessions that connected, for the first time or again. */
  joins: number
  publishes: number
  deliveries: number
  pages: number
}

/** `cpuMs`: processor time over `overMs`; `polls`: times that the rehearsal asked for a queue, its own work. */
export type MeasuredWork = Work & { cpuMs: number; polls: number }

/** How far a stated cost may be off, against how far a run's sum may: its weight beside one run in the fit. */
const STATED_WEIGHT = (0.05 / 0.5) ** 2
const SWEEPS = 5_000

/**
 * The costs, none below 0, with the smallest squared errors of the runs' sums, relative to each sum, and of the stated
 * costs (models/machine.ts), relative to each. Nothing is stated of publishes with their way to central: from one
 * run, which tells one sum, they get what is left. Found by coordinate descent, which for least squares with bounds
 * comes to the minimum (Franc, Hlaváč and Navara, "Sequential coordinate-wise algorithm for NNLS", 2005).
 */
export function cpuCost(runs: readonly MeasuredWork[]): CpuCost {
  const cost: CpuCost = { ...STATED_CPU, publishMs: 0 }
  const names = ['publishMs', 'idleMsPerMinute', 'joinMs', 'deliveryMs', 'pageMs'] as const
  const rows = runs
    .map(({ cpuMs, polls, ...work }) => ({ sumMs: cpuMs - polls * QUEUE_POLL_CPU_MS, times: timesOf(work) }))
    .filter(({ sumMs }) => sumMs > 0)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const name of names) {
      const stated = name === 'publishMs' ? null : STATED_CPU[name]
      let up = stated === null ? 0 : STATED_WEIGHT / stated
      let down = stated === null ? 0 : STATED_WEIGHT / stated ** 2
      for (const { sumMs, times } of rows) {
        const others = names.reduce((sum, n) => (n === name ? sum : sum + cost[n] * times[n]), 0)
        up += (times[name] * (sumMs - others)) / sumMs ** 2
        down += times[name] ** 2 / sumMs ** 2
      }
      cost[name] = down === 0 ? 0 : Math.max(0, up / down)
    }
  }
  for (const name of names) cost[name] = Number(cost[name].toPrecision(4))
  return cost
}

/** How often a run pays each cost. */
function timesOf({ overMs, joins, publishes, deliveries, pages }: Work): Record<keyof CpuCost, number> {
  return {
    idleMsPerMinute: overMs / 60_000,
    joinMs: joins,
    publishMs: publishes,
    deliveryMs: deliveries,
    pageMs: pages,
  }
}

/** Processor time of some work, ms. */
export function cpuMsOf(cost: CpuCost, { overMs, joins, publishes, deliveries, pages }: Work): number {
  return (
    (overMs / 60_000) * cost.idleMsPerMinute +
    joins * cost.joinMs +
    publishes * cost.publishMs +
    deliveries * cost.deliveryMs +
    pages * cost.pageMs
  )
}
