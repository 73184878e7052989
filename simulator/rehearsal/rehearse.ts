// The live rehearsal: the plan's attendees against real processes over shaped links, and the result measured.
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { EventSpec } from '../../infra/event/event.ts'
import type { RunResult } from '../run-result.ts'
import type { Topology } from '../topology.ts'
import type { DrawnPlan } from '../workload/run-plan.ts'
import { type RehearsalClock, rehearsalClock } from './clock.ts'
import { sweepLeftovers } from './leftovers.ts'
import { findLiveTools, type LiveTools } from './live-tools.ts'
import { measure } from './measure.ts'
import { performRun } from './perform-run.ts'
import { ProcessGroup } from './process-group.ts'
import { keepNewest, publishFolder, refuseFull } from './result-folder.ts'
import { RUN_FILES, readRun, writeJson } from './run-files.ts'
import { timelineOf } from './timeline.ts'
import { voidReason } from './void-run.ts'

export interface RehearsalOptions {
  event: Pick<EventSpec, 'name' | 'startMs' | 'serviceLevels' | 'outage'>
  topology: Topology
  /** Command that repeats this run. */
  reproduce: string
  /** Where the run's files go; it must not exist or be empty. Default: a new folder below `workDir`. */
  outDir?: string
  /** Processes, logs and default results. Default `.micropop` in the current folder. */
  workDir?: string
  signal?: AbortSignal
  /** What is being done now, in a few words. */
  onStage?: (stage: string) => void
  /** Something that the user should know and that stops nothing. */
  onNote?: (note: string) => void
  clock?: RehearsalClock
  tools?: LiveTools
  /** Port of Toxiproxy's API. Default 0: any that is free. */
  toxiproxyPort?: number
}

export interface LiveRun {
  result: RunResult
  /** Holds `RUN_FILES`. */
  folder: string
  /** The load's raw lines. */
  rawFile: string
  /** Gaps in a channel that no client was told of: must be zero. */
  silentGaps: number
  /** Messages at central that nobody published: must be zero. */
  foreign: number
  /** Sessions that lost their socket and were not welcomed again before they ended: must be zero. */
  lostSessions: number
}

/** Runs kept below `workDir`; the oldest go first. A folder that was asked for is never removed. */
const RUNS_KEPT = 50

/**
 * Runs the plan in real time and stops everything that it started, however it ends. Errors: MP_TOOL_MISSING,
 * MP_PORT_TAKEN, MP_OUT_NOT_EMPTY, MP_OUTAGE, MP_CHILD_DIED, MP_VOID_…; the signal's reason when aborted.
 */
export async function rehearse(plan: DrawnPlan, options: RehearsalOptions): Promise<LiveRun> {
  const { clock = rehearsalClock, signal, onStage = () => {}, onNote = () => {} } = options
  signal?.throwIfAborted()
  const startedMs = clock.monotonicMs()
  const workDir = resolve(options.workDir ?? '.micropop')
  const name = `${plan.event}-${plan.seed}-${stamp(clock.wallMs())}-${process.pid}`
  const outDir = resolve(options.outDir ?? join(workDir, 'rehearsals', name))
  const steps = timelineOf(plan)
  await refuseFull(outDir)
  const tools = options.tools ?? (await findLiveTools())
  const runs = join(workDir, 'run')
  const swept = await sweepLeftovers(runs)
  if (swept.length > 0) onNote(`Ended ${swept.length} processes that a run before this one had left behind.`)

  const folder = join(runs, name)
  const results = join(folder, 'results')
  const group = await ProcessGroup.open(folder, clock)
  if (!group.tiedToParent) {
    const then = process.platform === 'linux' ? 'the next rehearsal ends them' : 'end them by hand then'
    onNote(`On this system what a rehearsal starts outlives a micropop that is killed: ${then}.`)
  }
  let keepLogs = false
  try {
    await mkdir(results, { recursive: true })
    const stop = signal ? AbortSignal.any([group.failure, signal]) : group.failure
    const { event, topology, reproduce, toxiproxyPort = 0 } = options
    const live = {
      plan,
      steps,
      event,
      topology,
      reproduce,
      toxiproxyPort,
      tools,
      clock,
      group,
      folder,
      results,
    }
    await performRun({ ...live, signal: stop, startedMs, onStage }).catch((error) => {
      // What an abort interrupted reports its own error; the cause is the signal's.
      stop.throwIfAborted()
      throw error
    })
    await group.stop()
    onStage('measuring')
    const run = await readRun(results)
    const { result, observed, comparison } = await measure(run)
    const reason = voidReason({ ...run.facts, ...observed, sessions: plan.sessions.length })
    if (reason) throw reason
    await writeJson(results, RUN_FILES.result, result)
    signal?.throwIfAborted()
    await publishFolder(results, outDir)
    if (options.outDir === undefined) await keepNewest(dirname(outDir), RUNS_KEPT)
    return {
      result,
      folder: outDir,
      rawFile: join(outDir, RUN_FILES.attendees),
      silentGaps: observed.gapsSilent,
      foreign: comparison.foreign,
      lostSessions: observed.dropsForGood,
    }
  } catch (error) {
    keepLogs = !(signal?.aborted ?? false)
    throw error
  } finally {
    await group.stop()
    if (!keepLogs) await rm(folder, { recursive: true, force: true })
  }
}

/** `20261123T205032Z`. */
function stamp(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}
