// The main job: price an event, rehearse it live, lay the twin over the rehearsal, simulate the day, and decide.
import type { EventSpec } from '../infra/event/event.ts'
import { MicropopError, MissingHere, VoidRun } from '../runtime/errors.ts'
import { borrowed, calibrate } from './calibration/calibrate.ts'
import type { Calibration, CalibrationSource } from './calibration/calibration.ts'
import { defaultCalibration } from './calibration/default-calibration.ts'
import { expectedCost } from './costs/expected-cost.ts'
import { intervalOf } from './costs/forecast-report.ts'
import type { Forecast } from './costs/forecast-result.ts'
import type { CostInterval } from './costs/interval/interval-result.ts'
import type { PriceBook } from './costs/price-book.ts'
import { type Decided, decide } from './decision.ts'
import { findLiveTools, type LiveTools } from './rehearsal/live-tools.ts'
import { type LiveRun, rehearse } from './rehearsal/rehearse.ts'
import type { JudgedRun, RunResult, Verdict } from './run-result.ts'
import { openScenario, planCalibration, planDay, planRehearsal, type Scenario } from './scenario.ts'
import { runTwin } from './twin.ts'
import { judge, judgeLive } from './verdict.ts'
import type { DrawnPlan, RunPlan } from './workload/run-plan.ts'

/** Possible bills of the forecast's interval. */
const BILLS = 500

export interface PreflightOptions {
  seed: number
  /** Sessions of the live runs. */
  sessions: number
  book: PriceBook
  /** Command that repeats this preflight, and so each of its runs. */
  reproduce: string
  signal: AbortSignal
  /** A step begins; its result is told how it goes and how it ended. */
  step: (title: string) => PreflightStep
  note: (text: string) => void
  /** ms, for how long things took. */
  wallMs: () => number
  /** Default: those of set-up, then those on PATH. */
  findTools?: () => Promise<LiveTools>
}

export interface PreflightStep {
  update: (detail: string) => void
  done: (detail?: string) => void
  failed: (detail?: string) => void
}

export interface Preflight extends Decided {
  scenario: Scenario
  forecast: Forecast
  interval: CostInterval
  calibration: Calibration
  rehearsal: { measured: RunResult; twin: RunResult; calibratedOn: string } | { leftOut: string }
  day: RunResult
  verdicts: (Verdict & { run: JudgedRun })[]
}

/**
 * Errors: those of `rehearse`, but for missing tools, a void run and an event without an outage: then the live part
 * is left out and said, and what else was found stands.
 */
export async function preflight(event: EventSpec, options: PreflightOptions): Promise<Preflight> {
  const { seed, book, signal, step, note } = options
  const tools = await liveTools(options.findTools ?? findLiveTools)
  if ('leftOut' in tools) note(`The live part is left out: ${tools.leftOut}`)

  const pricing = step('Pricing the resource graph')
  const scenario = await openScenario(event)
  const cost = expectedCost(scenario.graph, event, { book })
  const interval = intervalOf(scenario, cost, defaultCalibration(), { runs: BILLS, seed, book, days: null })
  pricing.done(`${scenario.graph.resources.length} resources, ${cost.lines.length} cost lines`)
  signal.throwIfAborted()

  const live = 'leftOut' in tools ? tools : await liveRuns(scenario, tools, options).catch(leaveOut)
  if ('leftOut' in live && !('leftOut' in tools)) note(`The live part is left out: ${live.leftOut}`)
  const calibration = 'leftOut' in live ? defaultCalibration() : live.calibration
  const rehearsal = 'leftOut' in live ? live : await scored(scenario, live, options)

  const plan = planDay(scenario, seed)
  const simulating = step(`Simulating the day with ${plan.sessions.length} sessions`)
  const day = await twinOf(scenario, plan, calibration, options, (share) =>
    simulating.update(`${Math.floor(share * 100)} %`),
  )
  simulating.done(`${day.conservation.published} publishes`)

  const { serviceLevels } = event
  const judged = (run: JudgedRun, result: RunResult) =>
    judge(result, serviceLevels).map((verdict) => ({ ...verdict, run }))
  const measured =
    'leftOut' in live
      ? []
      : judgeLive(live.scored, serviceLevels).map((verdict) => ({ ...verdict, run: 'measured' as const }))
  const twin = 'measured' in rehearsal ? judged('twin', rehearsal.twin) : []
  const whole = judged('day', day)
  const decided = decide(
    [
      ...('measured' in rehearsal
        ? [
            { of: 'the live rehearsal', verdicts: measured },
            { of: "the twin's rehearsal", verdicts: twin },
          ]
        : []),
      { of: "the twin's day", verdicts: whole },
    ],
    { unpriced: cost.unpriced, budget: interval.over },
    'leftOut' in rehearsal ? rehearsal.leftOut : null,
  )
  return {
    scenario,
    forecast: cost,
    interval,
    calibration,
    rehearsal,
    day,
    verdicts: [...measured, ...twin, ...whole],
    ...decided,
  }
}

async function liveTools(find: () => Promise<LiveTools>): Promise<LiveTools | { leftOut: string }> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof MissingHere) return leftOut(error)
    throw error
  }
}

function leaveOut(error: unknown): { leftOut: string } {
  const noOutage = error instanceof MicropopError && error.code === 'MP_NO_OUTAGE'
  if (error instanceof VoidRun || noOutage) return leftOut(error)
  throw error
}

function leftOut({ message, remedy }: MicropopError): { leftOut: string } {
  return { leftOut: `${message}. ${remedy}` }
}

interface LiveRuns {
  calibration: Calibration
  scored: LiveRun
  plan: RunPlan
}

/** Two live runs: a quiet window that the twin learns from, then the outage that it is scored on. */
async function liveRuns(scenario: Scenario, tools: LiveTools, options: PreflightOptions): Promise<LiveRuns> {
  const { seed, sessions, reproduce, signal, step, note } = options
  const { event, topology } = scenario
  const run = async (title: string, plan: DrawnPlan) => {
    const running = step(`${title}: ${plan.sessions.length} sessions, ${plan.durationMs / 1000} s`)
    const live = await rehearse(plan, {
      event,
      topology,
      tools,
      signal,
      reproduce,
      onStage: (stage) => running.update(stage),
      onNote: note,
    }).catch((error) => {
      running.failed()
      throw error
    })
    running.done(`${live.result.conservation.acknowledged} messages acknowledged`)
    return live
  }
  const quiet = await run('Calibrating live', planCalibration(scenario, seed, sessions))
  const plan = planRehearsal(scenario, seed, sessions)
  return {
    calibration: await calibrate([quiet.folder], defaultCalibration()),
    scored: await run('Rehearsing the outage live', plan),
    plan,
  }
}

async function scored(scenario: Scenario, live: LiveRuns, options: PreflightOptions) {
  const { plan, calibration } = live
  const measured = live.scored.result
  const running = options.step('Repeating the rehearsal in the twin')
  const twin = await twinOf(scenario, plan, calibration, options)
  running.done()
  const [from] = calibration.from as [CalibrationSource]
  const run = `a live run of ${from.sessions} sessions over ${from.durationS} s without an outage, seed ${from.seed}`
  const lent = borrowed(calibration)
  const calibratedOn =
    lent.length === 0 ? run : `${run}; too few samples of ${lent.join(', ')}: those times are the default's`
  return { measured, twin, calibratedOn }
}

function twinOf(
  { event, topology }: Scenario,
  plan: RunPlan,
  calibration: Calibration,
  { signal, wallMs, reproduce }: PreflightOptions,
  progress?: (share: number) => void,
): Promise<RunResult> {
  return runTwin({
    event,
    topology,
    plan,
    calibration,
    signal,
    wallMs,
    reproduce,
    ...(progress && { progress }),
  })
}
