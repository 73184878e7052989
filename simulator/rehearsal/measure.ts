// A measured run as a result: the same recording, series and figures as the twin's, from raw lines.
import { QUEUE_POLL_CPU_MS } from '../models/machine.ts'
import { Recording } from '../recording.ts'
import { resultOfRun } from '../result-of-run.ts'
import type { RunResult } from '../run-result.ts'
import type { Usage } from '../usage.ts'
import { frameBytes } from '../workload/frames.ts'
import { type Comparison, compareWithCentral } from './conservation.ts'
import { type Observed, observe } from './observe.ts'
import { recordQueues } from './queue-seconds.ts'
import type { MeasuredRun } from './run-files.ts'

export interface Measurement {
  result: RunResult
  observed: Observed
  comparison: Comparison
}

/** Reads the run's files once each, line by line. Memory grows with messages, not with deliveries times sessions. */
export async function measure(run: MeasuredRun): Promise<Measurement> {
  const { plan, facts } = run
  const recording = new Recording(plan.durationMs / 1000)
  const observed = await observe(run.attendees(), recording)
  const names = plan.venues.map(({ name }) => name)
  const uplinks = await recordQueues(run.queue(), names, recording)
  const comparison = await compareWithCentral(
    plan.goesUp,
    run.central(),
    await run.watermarks(),
    observed,
    recording,
  )
  const { foreign: _, ...conservation } = comparison
  const result = resultOfRun(plan, recording, facts.ackLimitMs, {
    source: 'measured',
    outage: facts.outage,
    conservation,
    usage: usageOf(run, observed, uplinks),
    outsideRange: [],
    tookS: facts.tookS,
    reproduce: facts.reproduce,
  })
  return { result, observed, comparison }
}

function usageOf(
  { plan, facts }: MeasuredRun,
  observed: Observed,
  uplinks: ReadonlyMap<string, { sentBytes: number; polls: number }>,
): Usage[] {
  const startMs = facts.showStartMs + plan.window.startS * 1000
  const window = { startMs, endMs: startMs + plan.durationMs }
  const venueOf = new Map(plan.sessions.map(({ client, venue }) => [client, venue]))
  const sumFor = (venue: string, counts: ReadonlyMap<string, number>) =>
    [...counts].reduce((sum, [client, count]) => (venueOf.get(client) === venue ? sum + count : sum), 0)
  return facts.venues.flatMap(({ name, urn, cpuS }) => {
    const egress =
      sumFor(name, observed.receivedByClient) * frameBytes.message +
      sumFor(name, observed.pagesByClient) * (facts.pageBytes.html + facts.pageBytes.images)
    const { sentBytes, polls } = uplinks.get(name) ?? { sentBytes: 0, polls: 0 }
    const usage = (meter: string, quantity: number, unit: string): Usage => ({
      urn,
      meter,
      quantity,
      unit,
      window,
      source: 'measured',
    })
    return [
      usage('attendee-egress', egress / 1e9, 'GB'),
      usage('uplink-sent', sentBytes / 1e9, 'GB'),
      // Less what the rehearsal itself asked of the PoP.
      usage('cpu-time', Math.max(0, cpuS * 1000 - polls * QUEUE_POLL_CPU_MS) / 3_600_000, 'vCPU-hour'),
    ]
  })
}
