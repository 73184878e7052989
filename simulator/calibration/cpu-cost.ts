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

/**
 * A run tells one sum, so one cost can be found from it: the others stay as stated (models/machine.ts), and what is
 * left is shared by the publishes, each with its way to central. Not below 0.
 */
export function cpuCost({ cpuMs, polls, ...work }: MeasuredWork): CpuCost {
  const restMs = cpuMs - polls * QUEUE_POLL_CPU_MS - cpuMsOf({ ...STATED_CPU, publishMs: 0 }, work)
  const publishMs = work.publishes === 0 ? 0 : Math.max(0, restMs / work.publishes)
  return { ...STATED_CPU, publishMs: Number(publishMs.toFixed(3)) }
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
