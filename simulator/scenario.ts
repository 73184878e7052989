// An event with its graph and topology, and the runs that are made of it: the day, a calibration, a rehearsal.
import type { EventSpec, OutageStep } from '../infra/event/event.ts'
import type { ResourceGraph } from '../infra/graph.ts'
import { InvalidInput } from '../runtime/errors.ts'
import { samplesNeeded } from './interval.ts'
import type { OutageWindow } from './run-result.ts'
import { readTopology, type Topology } from './topology.ts'
import { outagesIn, planRun } from './workload/plan.ts'
import { type ActionKind, type DrawnPlan, drawn, type RunPlan } from './workload/run-plan.ts'
import { dayAt, dayOfOutage } from './workload/show-day.ts'

export interface Scenario {
  event: EventSpec
  graph: ResourceGraph
  topology: Topology
}

/**
 * Live runs last in real time, so they are as short as their figures allow: seconds before the outage, after it, and
 * more after it until the plan has as many publishes as the p99 of a service level needs.
 */
const REHEARSAL = { leadS: 12, afterS: 20, afterMaxS: 80, publishes: samplesNeeded(0.99) }
/** Seconds, longer where the crowd is small or calm: what the twin's tables of service times need. */
const CALIBRATION = { leastS: 25, mostS: 75, publishes: 200, pages: 25 }
const STEP_S = 5
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
  const window = dayOfOutage(event)
  return planRun(event, topology, { seed, window, outages: outagesIn(event, window) })
}

/**
 * The window of the day around the outage's first step and those that begin while one lasts or its aftermath, thinned
 * to `sessions`, each step at the length it has in a rehearsal. Errors: MP_NO_OUTAGE.
 */
export function planRehearsal({ event, topology }: Scenario, seed: number, sessions: number): DrawnPlan {
  const first = firstStep(event)
  const startS = Math.max(dayAt(event, first.startS).startS, first.startS - REHEARSAL.leadS)
  let backS = startS
  const outages: OutageWindow[] = []
  for (const { venue, target, startS: cutS, rehearseS } of stepsOf(event)) {
    if (outages.length > 0 && cutS > backS + REHEARSAL.afterS) break
    outages.push({ venue, target, startS: cutS - startS, endS: cutS - startS + rehearseS })
    backS = Math.max(backS, cutS + rehearseS)
  }
  return shortest(REHEARSAL.afterS, REHEARSAL.afterMaxS, (afterS) => {
    const window = { startS, endS: backS + afterS }
    const options = { seed, window, outages, sessionsMax: sessions, stage: 'rehearsal' as const }
    const plan = drawn(planRun(event, topology, options))
    return { plan, enough: countOf(plan, ['chat', 'vote']) >= REHEARSAL.publishes }
  })
}

/** A quiet window of the same day, before the outage, for the twin to learn from. Another seed, another crowd. */
export function planCalibration({ event, topology }: Scenario, seed: number, sessions: number): DrawnPlan {
  const step = firstStep(event)
  const day = dayAt(event, step.startS)
  const endS = Math.max(day.startS + CALIBRATION.leastS, step.startS - CALIBRATION_GAP_S)
  return shortest(CALIBRATION.leastS, Math.min(CALIBRATION.mostS, endS - day.startS), (lengthS) => {
    const window = { startS: endS - lengthS, endS }
    const options = { seed: seed + 1_000, window, outages: [], sessionsMax: sessions }
    const plan = drawn(planRun(event, topology, { ...options, stage: 'rehearsal' }))
    const enough =
      countOf(plan, ['chat', 'vote']) >= CALIBRATION.publishes && countOf(plan, ['page']) >= CALIBRATION.pages
    return { plan, enough }
  })
}

/** The plan of the first length, in steps, that is enough; that of the longest where none is. */
function shortest(
  leastS: number,
  mostS: number,
  planOf: (lengthS: number) => { plan: DrawnPlan; enough: boolean },
): DrawnPlan {
  for (let lengthS = leastS; ; lengthS = Math.min(mostS, lengthS + STEP_S)) {
    const { plan, enough } = planOf(lengthS)
    if (enough || lengthS >= mostS) return plan
  }
}

function countOf({ sessions }: DrawnPlan, kinds: readonly ActionKind[]): number {
  return sessions.reduce(
    (sum, { actions }) => sum + actions.filter(({ kind }) => kinds.includes(kind)).length,
    0,
  )
}

function firstStep(event: EventSpec): OutageStep {
  const [step] = stepsOf(event)
  if (step) return step
  throw new InvalidInput(
    'MP_NO_OUTAGE',
    `${event.name} names no outage to rehearse`,
    'Add `outage: FILE.yaml` to the event, or give --outage FILE; scenarios/outages has some to start from.',
    { file: event.file },
  )
}

function stepsOf(event: EventSpec): OutageStep[] {
  return (event.outage?.steps ?? []).toSorted((a, b) => a.startS - b.startS)
}
