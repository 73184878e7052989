// One drill from the first process to the account of every message; whatever it started is ended, however it ends.
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DNS_TTL_S } from '../../infra/names.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import { type RehearsalClock, rehearsalClock } from '../rehearsal/clock.ts'
import { sweepLeftovers } from '../rehearsal/leftovers.ts'
import { findToxiproxy } from '../rehearsal/live-tools.ts'
import { ProcessGroup } from '../rehearsal/process-group.ts'
import type { Topology, VenueTopology } from '../topology.ts'
import { dnsSwap } from './dns-swap.ts'
import type { DrillName, DrillResult } from './drill-result.ts'
import { wentWell } from './drill-result.ts'
import { DrillSite } from './drill-site.ts'
import { handoff } from './handoff.ts'
import { rollingRestart } from './rolling-restart.ts'
import { type RunOptions, runSteps } from './run-steps.ts'
import type { Drill, StepText, Venues } from './runbook.ts'

export interface DrillOptions {
  event: string
  topology: Topology
  /** Default: the first of the event, or all where a runbook concerns all. */
  venue?: string
  /** Attendees a venue. */
  attendees: number
  /** Practises the way back: this step fails once it was done. */
  failAt?: string
  /** Seconds that resolvers keep the venue's address. Default: as the event's records have it. */
  ttlS?: number
  reproduce: string
  /** Processes and logs. Default `.micropop` in the current folder. */
  workDir?: string
  signal?: AbortSignal
  clock?: RehearsalClock
  onBegin?: RunOptions['onBegin']
  onEnd?: RunOptions['onEnd']
  /** Something that the user should know and that stops nothing. */
  onNote?: (note: string) => void
  /** The processes, once they run: tests kill some. */
  onSite?: (site: DrillSite) => void
}

// biome-ignore lint/suspicious/noExplicitAny: each drill's stage is its own, and goes from `open` to its steps alone
export const DRILLS: Record<DrillName, Drill<any>> = {
  handoff,
  'rolling-restart': rollingRestart,
  'dns-swap': dnsSwap,
}

/** Venues of one drill: each has a PoP and attendees on this machine. */
const VENUES_MAX = 8

/**
 * Errors: MP_TOOL_MISSING, MP_VENUE_UNKNOWN, MP_DRILL_VENUES, MP_DRILL_STEP, MP_DRILL_CHANNEL, MP_CHILD_…; the signal's reason when
 * aborted. A step that fails is no error: it is in the result, with what was taken back.
 */
export async function performDrill(name: DrillName, options: DrillOptions): Promise<DrillResult> {
  const { event, attendees, reproduce, ttlS = DNS_TTL_S, clock = rehearsalClock, onNote = () => {} } = options
  const drill = DRILLS[name]
  const venues =
    drill.venues === 'all' && options.venue === undefined ? allOf(options) : ([venueOf(options)] as const)
  const steps = drill.stepsAt?.(venues) ?? drill.runbook.steps
  refuseUnknownStep(name, steps, options.failAt)
  options.signal?.throwIfAborted()
  const startedMs = clock.monotonicMs()
  const toxiproxy = await findToxiproxy()
  await drill.programs?.()
  const runs = join(resolve(options.workDir ?? '.micropop'), 'run')
  const swept = await sweepLeftovers(runs)
  if (swept.length > 0) onNote(`Ended ${swept.length} processes that a run before this one had left behind.`)
  const folder = join(runs, `drill-${name}-${Math.round(clock.wallMs())}-${process.pid}`)
  const group = await ProcessGroup.open(folder, clock)
  const signal = options.signal ? AbortSignal.any([group.failure, options.signal]) : group.failure
  let site: DrillSite | undefined
  let keepLogs = true
  try {
    site = await DrillSite.open({ event, attendees, ttlS, clock, group, folder, toxiproxy, signal })
    const stage = await drill.open(site, venues, signal)
    options.onSite?.(site)
    const { failAt, onBegin, onEnd } = options
    const run = await runSteps(steps, stage, {
      ...{ clock, signal },
      ...(failAt !== undefined && { failAt }),
      ...(onBegin && { onBegin }),
      ...(onEnd && { onEnd }),
    })
    const account = await site.account(signal)
    const result: DrillResult = {
      ...{ drill: name, event, venues: venues.map(({ venue }) => venue), ...run },
      servedBy: site.machines.filter(({ serves }) => serves).map((machine) => machine.name),
      account,
      attendance: site.attendance(),
      commands: drill.commands?.(venues, ttlS) ?? [],
      tookS: (clock.monotonicMs() - startedMs) / 1_000,
      reproduce,
    }
    keepLogs = !wentWell(result)
    if (keepLogs) onNote(`What the processes said: ${folder}`)
    return result
  } catch (error) {
    keepLogs = !(options.signal?.aborted ?? false)
    // What an abort interrupted reports its own error; the cause is the signal's.
    signal.throwIfAborted()
    throw error
  } finally {
    await site?.leave()
    await group.stop()
    if (!keepLogs) await rm(folder, { recursive: true, force: true })
  }
}

function allOf({ topology }: DrillOptions): Venues {
  const [first, ...others] = topology.venues
  if (first === undefined) throw new Error('a topology has a venue')
  if (topology.venues.length > VENUES_MAX) {
    throw new InvalidInput(
      'MP_DRILL_VENUES',
      `a drill starts a PoP for each venue, and ${topology.venues.length} are more than the ${VENUES_MAX} that one machine can carry`,
      'Name one with --venue.',
    )
  }
  return [first, ...others]
}

function venueOf({ topology, venue, event }: DrillOptions): VenueTopology {
  const found = venue === undefined ? topology.venues[0] : topology.venues.find((one) => one.venue === venue)
  if (found !== undefined) return found
  const names = topology.venues.map((one) => one.venue).join(', ')
  throw new InvalidInput(
    'MP_VENUE_UNKNOWN',
    `event ${event} has no venue ${venue}`,
    `Name one of its venues: ${names}.`,
  )
}

function refuseUnknownStep(name: DrillName, steps: readonly StepText[], failAt: string | undefined): void {
  if (failAt === undefined || steps.some(({ id }) => id === failAt)) return
  const ids = steps.map(({ id }) => id).join(', ')
  throw new InvalidInput('MP_DRILL_STEP', `${name} has no step ${failAt}`, `Name one of its steps: ${ids}.`)
}
