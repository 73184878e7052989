// How many ingest tasks the load asks for above those that always run: an upper bound for the forecast.
import { INGEST_CPU_TARGET_PCT } from '../../infra/central-services/central-services-args.ts'
import type { Central, EventSpec } from '../../infra/event/event.ts'
import type { VenueLoad } from './venue-load.ts'

/** Processor time at central of one record, ms (stated assumption). */
const CPU_MS_PER_RECORD = 0.5

/** Task-hours above the least over the whole event: as if the busiest minute lasted throughout the show. */
export function scaledTaskHours(
  event: Pick<EventSpec, 'days' | 'dayS'>,
  loads: readonly VenueLoad[],
  { maxTasks, tasks, vcpu }: Central['ingest'],
): number {
  const recordsPerS = loads.reduce((sum, load) => sum + (load.synced / event.dayS) * peakToMean(load), 0)
  const vcpusBusy = (recordsPerS * CPU_MS_PER_RECORD) / 1_000
  const asked = Math.ceil(vcpusBusy / (vcpu * (INGEST_CPU_TARGET_PCT / 100)))
  const more = Math.min(Math.max(asked - tasks, 0), maxTasks - tasks)
  return (more * event.days * event.dayS) / 3_600
}

function peakToMean({ cpuMsByMinute }: VenueLoad): number {
  const sum = cpuMsByMinute.reduce((a, b) => a + b, 0)
  const peak = cpuMsByMinute.reduce((a, b) => Math.max(a, b), 0)
  return sum === 0 ? 1 : (peak * cpuMsByMinute.length) / sum
}
