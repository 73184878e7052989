// One run of a Monte Carlo simulation: a possible day through the twin, and what is kept of it.
import type { EventSpec } from '../../infra/event/event.ts'
import type { Calibration } from '../calibration/calibration.ts'
import type { Figure, RunResult, Verdict } from '../run-result.ts'
import type { Scenario } from '../scenario.ts'
import { attendedBy, type Topology } from '../topology.ts'
import { runTwin } from '../twin.ts'
import { drawVariant, type FactorId, type Factors, variantAt } from '../uncertainty/draw-variant.ts'
import type { Usage } from '../usage.ts'
import { judgeAll } from '../verdict.ts'
import { outagesIn, planRun } from '../workload/plan.ts'
import type { RunPlan } from '../workload/run-plan.ts'
import { dayOfOutage } from '../workload/show-day.ts'

/** What every run of a simulation shares: plain data, which travels to threads and to other machines. */
export interface Job {
  event: EventSpec
  topology: Topology
  calibration: Calibration
  /** The day that is run, seconds after the show's start. */
  window: { startS: number; endS: number }
}

/** One day. `levels`: where each factor stands, in (0, 1), instead of what the seed draws; those left out as planned. */
export interface Task {
  seed: number
  levels: [FactorId, number][] | null
}

/** What is kept of a run. Equal for equal job and task, bit for bit. */
export interface DayFigures {
  seed: number
  factors: Factors
  /** Outages of the day. */
  outages: number
  figures: Pick<Figure, 'id' | 'label' | 'unit' | 'value'>[]
  levels: Pick<Verdict, 'level' | 'limit' | 'unit' | 'value' | 'outcome'>[]
  usage: Pick<Usage, 'urn' | 'meter' | 'quantity' | 'unit'>[]
  /** Messages that the queue had no room for, at least once. */
  refused: number
  /** As a run says it. */
  outsideRange: string[]
}

export function jobOf(
  { event, topology }: Pick<Scenario, 'event' | 'topology'>,
  calibration: Calibration,
): Job {
  return { event, topology, calibration, window: dayOfOutage(event) }
}

/** A possible day with all that its run says. */
export interface WholeDay {
  factors: Factors
  plan: RunPlan
  result: RunResult
}

/** Errors: MP_WINDOW_EMPTY when nobody comes on that day; the reason of an abort. */
export async function runWholeDay(job: Job, { seed, levels }: Task, signal?: AbortSignal): Promise<WholeDay> {
  const { event, topology, calibration, window } = job
  const variant = levels === null ? drawVariant(event, seed) : variantAt(event, new Map(levels))
  const plan = planRun(variant.event, attendedBy(topology, variant.event), {
    seed,
    window: { ...window, endS: window.endS + variant.factors.overrunS },
    outages: outagesIn(variant.event, window),
  })
  const result = await runTwin({
    event: rested(variant.event, window.startS, variant.factors.credits),
    // As provisioned: for those who were planned.
    topology,
    plan,
    calibration,
    reproduce: '',
    ...(signal && { signal }),
    wallMs: () => 0,
  })
  return { factors: variant.factors, plan, result }
}

/** Errors: those of `runWholeDay`. */
export async function runDay(job: Job, task: Task): Promise<DayFigures> {
  const { factors, plan, result } = await runWholeDay(job, task)
  return {
    seed: task.seed,
    factors,
    outages: plan.outages.length,
    figures: result.figures.map(({ id, label, unit, value }) => ({ id, label, unit, value })),
    levels: judgeAll(result, job.event.serviceLevels).map(({ level, limit, unit, value, outcome }) => {
      return { level, limit, unit, value, outcome }
    }),
    usage: result.usage.map(({ urn, meter, quantity, unit }) => ({ urn, meter, quantity, unit })),
    refused: result.conservation.refused,
    outsideRange: result.outsideRange,
  }
}

/** What a burstable machine can earn. Source: AWS, "CPU credits and baseline utilization", 2023-06-15. */
const CREDITS_FULL_AFTER_S = 86_400

/** A machine that has some of its credits left has as many as one that has rested for less. */
function rested(event: EventSpec, startS: number, creditsLeft: number): EventSpec {
  const restS = Math.min(event.setupS + startS, CREDITS_FULL_AFTER_S)
  return { ...event, setupS: restS * creditsLeft - startS }
}
