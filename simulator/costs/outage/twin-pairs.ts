// The event's outage in the twin: days as planned, each with and without the outage on the same seed.
import type { EventSpec } from '../../../infra/event/event.ts'
import type { Calibration } from '../../calibration/calibration.ts'
import type { Job, WholeDay } from '../../monte-carlo/run-day.ts'
import { runWholeDay } from '../../monte-carlo/run-day.ts'
import { together } from '../../recovery.ts'
import type { FigureId, RunResult } from '../../run-result.ts'
import type { Scenario } from '../../scenario.ts'
import type { MeasuredDay } from '../interval/measured-load.ts'
import { outageDays } from './outage-days.ts'

/** Means over the pairs. */
export interface TwinOutageDay {
  /** Of the show, from 0. */
  index: number
  pairs: number
  with: MeasuredDay
  without: MeasuredDay
  /** null: not in every run. */
  backlog: number | null
  drainS: number | null
  recoveryS: number | null
}

export interface TwinPairsOptions {
  seed: number
  pairs: number
  signal?: AbortSignal
  /** After each run. */
  done?: () => void
}

/** Seconds before a cut whose backlog counts as none: under load it is never zero for long. */
const STEADY_S = 10

/** Errors: those of `runWholeDay`. */
export async function twinOutageDays(
  { event, topology }: Pick<Scenario, 'event' | 'topology'>,
  calibration: Calibration,
  { seed, pairs, signal, done }: TwinPairsOptions,
): Promise<TwinOutageDay[]> {
  const days: TwinOutageDay[] = []
  for (const { index, window } of outageDays(event)) {
    const job = (of: EventSpec): Job => ({ event: of, topology, calibration, window })
    const runs: Record<'with' | 'without', WholeDay[]> = { with: [], without: [] }
    for (let i = 0; i < pairs; i++) {
      const task = { seed: seed + i, levels: [] }
      runs.with.push(await runWholeDay(job(happening(event)), task, signal))
      done?.()
      runs.without.push(await runWholeDay(job({ ...event, outage: null }), task, signal))
      done?.()
    }
    const figure = (id: FigureId) =>
      meanOf(runs.with.map(({ result }) => result.figures.find((of) => of.id === id)?.value ?? null))
    days.push({
      index,
      pairs,
      with: meanUsage(runs.with),
      without: meanUsage(runs.without),
      backlog: figure('backlog-peak'),
      drainS: meanOf(runs.with.map(({ result }) => drainS(result))),
      recoveryS: figure('recovery'),
    })
  }
  return days
}

function happening(event: EventSpec): EventSpec {
  const { uncertainty } = event
  return { ...event, uncertainty: { ...uncertainty, outage: { ...uncertainty.outage, probability: 1 } } }
}

/** The longest from a cut's end until its backlog is what it was before; null: not before the next cut or the day's end. */
function drainS({ outages, series: { backlog } }: RunResult): number | null {
  const cuts = together(outages)
  const each = cuts.map(({ startS, endS }, i) => {
    const most = Math.max(0, ...backlog.slice(Math.max(0, startS - STEADY_S), startS).map((of) => of ?? 0))
    const untilS = cuts[i + 1]?.startS ?? backlog.length
    const gone = backlog.findIndex((of, s) => s >= endS - 1 && s < untilS && of !== null && of <= most)
    return gone < 0 ? null : Math.max(0, gone + 1 - endS)
  })
  return each.includes(null) ? null : Math.max(...(each as number[]))
}

function meanUsage(runs: readonly WholeDay[]): MeasuredDay {
  const [first] = runs
  return (first?.result.usage ?? []).map(({ urn, meter, unit }, i) => {
    const sum = runs.reduce((total, { result }) => total + (result.usage[i]?.quantity ?? 0), 0)
    return { urn, meter, unit, quantity: sum / runs.length }
  })
}

function meanOf(values: readonly (number | null)[]): number | null {
  if (values.length === 0 || values.includes(null)) return null
  return (values as number[]).reduce((sum, value) => sum + value, 0) / values.length
}
