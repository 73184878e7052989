// A run against the event's service levels: what is met, what is missed, and what the run cannot tell.
import type { ServiceLevels } from '../infra/event/event.ts'
import { RECOVERED_HOLD_S } from './recovery.ts'
import type { LiveRun } from './rehearsal/rehearse.ts'
import type { Figure, FigureId, RunResult, Verdict } from './run-result.ts'

/** One verdict per service level, then the two promises about messages, which have no tolerance. */
export function judge(result: RunResult, levels: ServiceLevels): Verdict[] {
  const figure = (id: FigureId) => result.figures.find((f) => f.id === id)
  const outage = result.outages.length > 0
  return [
    latency('Acknowledged, p99', figure('ack-p99'), levels.ackP99Ms),
    latency('Delivered, p99', figure('delivery-p99'), levels.deliveryP99Ms),
    latency('Page loaded, p50', figure('page-p50'), levels.pageP50Ms),
    ...(outage ? [recovery(figure('recovery'), levels.recoveryS, seenAfterOutagesS(result))] : []),
    count('Never acknowledged', result.conservation.published - result.conservation.acknowledged),
    count('Acknowledged and lost', result.conservation.lost),
    count('Applied twice', result.conservation.appliedTwice),
  ]
}

/** Of a simulated run, which is all there is of it and no sample: a figure that was seen is met or missed. */
export function judgeAll(result: RunResult, levels: ServiceLevels): Verdict[] {
  return judge(result, levels).map((verdict) => {
    const { value, limit } = verdict
    return value === null ? verdict : { ...verdict, outcome: value <= limit ? 'met' : 'missed' }
  })
}

/** A live run has more promises to keep, which the twin cannot break. */
export function judgeLive(
  { result, silentGaps, foreign, lostSessions }: Omit<LiveRun, 'folder' | 'rawFile'>,
  levels: ServiceLevels,
): Verdict[] {
  return [
    ...judge(result, levels),
    count('Missed without being told', silentGaps),
    count('At central, sent by nobody', foreign),
    count('Sessions that never came back', lostSessions),
  ]
}

function latency(level: string, figure: Figure | undefined, limit: number): Verdict {
  const value = figure?.value ?? null
  const verdict = (outcome: Verdict['outcome']): Verdict => ({ level, limit, unit: 'ms', value, outcome })
  if (value === null) return verdict('unknown')
  // Too few samples to bound it: the value alone proves nothing.
  if (!figure?.interval) return verdict('inconclusive')
  const { low, high } = figure.interval
  if (high <= limit) return verdict('met')
  return verdict(low > limit ? 'missed' : 'inconclusive')
}

function seenAfterOutagesS({ outages, window }: RunResult): number {
  const backS = Math.max(...outages.map(({ endS }) => endS))
  return window.endS - window.startS - backS - RECOVERED_HOLD_S
}

/** A recovery that was not seen is missed where the run went on for longer than the limit, else nobody knows. */
function recovery(figure: Figure | undefined, limit: number, seenS: number): Verdict {
  const value = figure?.value ?? null
  const unseen = seenS >= limit ? 'missed' : 'inconclusive'
  const outcome = value === null ? unseen : value <= limit ? 'met' : 'missed'
  return { level: 'Recovery after the outage', limit, unit: 's', value, outcome }
}

function count(level: string, value: number): Verdict {
  return { level, limit: 0, unit: 'messages', value, outcome: value === 0 ? 'met' : 'missed' }
}
