// An event with its graph and topology, and the runs that are made of it: the day, a calibration, a rehearsal.
import type { EventSpec, OutageStep } from '../infra/event/event.ts'
import type { ResourceGraph } from '../infra/graph.ts'
import { InvalidInput } from '../runtime/errors.ts'
import type { OutageWindow } from './run-result.ts'
import { readTopology, type Topology } from './topology.ts'
import { outagesIn, type PlanWindow, planRun } from './workload/plan.ts'
import type { RunPlan } from './workload/run-plan.ts'
import { dayAt } from './workload/show-day.ts'

export interface Scenario {
  event: EventSpec
  graph: ResourceGraph
  topology: Topology
}

/** Live runs last in real time: what they see before the outage and after it, seconds. */
const REHEARSAL = { leadS: 12, afterS: 20 }
const CALIBRATION_S = 25
/** How far before the outage the calibration's window ends, so that the two runs share no second of the day. */
const CALIBRATION_GAP_S = 30

export async function openScenario(event: EventSpec): Promise<Scenario> {
  // Loading the SDKs is most of a short command's time, so they come only when a graph is needed.
  const { recordGraph } = await import('../infra/resource-graph.ts')
  const graph = await recordGraph(event)
  return { event, graph, topology: readTopology(graph) }
}

/** Everyone, over the whole show of the day that has the outage (the first day without one). */
export function planDay({ event, topology }: Scenario, seed: number): RunPlan {
  const { startS } = dayAt(event, stepsOf(event)[0]?.startS ?? 0)
  const window = { startS, endS: startS + event.dayS }
  return planRun(event, topology, { seed, window, outages: outagesIn(event, window) })
}

/**
 * The window of the day around the outage's first step and those that begin while it lasts, thinned to `sessions`,
 * each step at the length it has in a rehearsal. Errors: MP_NO_OUTAGE.
 */
export function planRehearsal({ event, topology }: Scenario, seed: number, sessions: number): RunPlan {
  const first = firstStep(event)
  const startS = Math.max(dayAt(event, first.startS).startS, first.startS - REHEARSAL.leadS)
  const outages = stepsOf(event)
    .filter((step) => step.startS <= first.startS + first.rehearseS)
    .map(({ venue, target, startS: cutS, rehearseS }): OutageWindow => {
      return { venue, target, startS: cutS - startS, endS: cutS - startS + rehearseS }
    })
  const endS = startS + Math.max(...outages.map((outage) => outage.endS)) + REHEARSAL.afterS
  return planRun(event, topology, { seed, window: { startS, endS }, outages, sessionsMax: sessions })
}

/** A quiet window of the same day, before the outage, for the twin to learn from. Another seed, another crowd. */
export function planCalibration({ event, topology }: Scenario, seed: number, sessions: number): RunPlan {
  const step = firstStep(event)
  const endS = Math.max(dayAt(event, step.startS).startS + CALIBRATION_S, step.startS - CALIBRATION_GAP_S)
  const window: PlanWindow = { startS: endS - CALIBRATION_S, endS }
  return planRun(event, topology, { seed: seed + 1_000, window, outages: [], sessionsMax: sessions })
}

function firstStep(event: EventSpec): OutageStep {
  const [step] = stepsOf(event)
  if (step) return step
  throw new InvalidInput(
    'MP_NO_OUTAGE',
    `${event.name} names no outage to rehearse`,
    'Add `outage: ../outages/FILE.yaml` to the event, or give --outage FILE.',
    { file: event.file },
  )
}

function stepsOf(event: EventSpec): OutageStep[] {
  return (event.outage?.steps ?? []).toSorted((a, b) => a.startS - b.startS)
}
