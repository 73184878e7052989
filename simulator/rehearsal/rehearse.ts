// The live rehearsal: the plan's attendees against real processes over shaped links, and the result measured.
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { EventSpec } from '../../infra/event/event.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import { PATHS } from '../../runtime/ports.ts'
import { bucketsBetween } from '../calibration/histogram.ts'
import type { RunResult } from '../run-result.ts'
import type { Topology, VenueTopology } from '../topology.ts'
import type { RunPlan } from '../workload/run-plan.ts'
import { type RehearsalClock, rehearsalClock, until } from './clock.ts'
import { LOOPBACK } from './free-ports.ts'
import { sweepLeftovers } from './leftovers.ts'
import { type AccessAddresses, imageConnections, Links } from './links.ts'
import { findLiveTools, type LiveTools } from './live-tools.ts'
import { startLoad } from './load-run.ts'
import { thisCommit, thisMachine } from './machine.ts'
import { type Measurement, measure } from './measure.ts'
import { applySeconds, cpuSeconds, exportMessages, queueState, warmPage } from './pop-admin.ts'
import { ProcessGroup } from './process-group.ts'
import { sampleQueues } from './queue-sampler.ts'
import type { RunFacts } from './run-facts.ts'
import { RUN_FILES, readRun, writeJson } from './run-files.ts'
import { deliveryEvery, type Load, scheduledSessions } from './schedule.ts'
import { type RunningPop, startCentral, startPop } from './servers.ts'
import { stageImages } from './stage-images.ts'
import { performTimeline, timelineOf } from './timeline.ts'
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
  /** 0: any free port. */
  toxiproxyPort?: number
}

export interface LiveRun {
  result: RunResult
  /** Holds `RUN_FILES`. */
  folder: string
  /** The load's raw lines. */
  rawFile: string
  /** Gaps in a channel that no client was told of, and messages at central that nobody published: both must be zero. */
  silentGaps: number
  foreign: number
}

const LEAD_MS = 1_500
/** How long after its end a session waits for missing acknowledgements. */
const SESSION_DRAIN_MS = 10_000
/** How long after the last session the backlog may take to reach central. */
const BACKLOG_DRAIN_MS = 30_000
const UPLINK_WITHIN_MS = 10_000
const POLL_MS = 50

/**
 * Runs the plan in real time and stops everything that it started, however it ends. Errors: MP_TOOL_MISSING,
 * MP_PORT_TAKEN, MP_OUT_NOT_EMPTY, MP_OUTAGE, MP_CHILD_DIED, MP_VOID_…; the signal's reason when aborted.
 */
export async function rehearse(plan: RunPlan, options: RehearsalOptions): Promise<LiveRun> {
  const { clock = rehearsalClock, signal, onStage, onNote } = options
  const startedMs = clock.monotonicMs()
  const workDir = resolve(options.workDir ?? '.micropop')
  const name = `${plan.event}-${plan.seed}-${stamp(clock.wallMs())}-${process.pid}`
  const outDir = resolve(options.outDir ?? join(workDir, 'rehearsals', name))
  timelineOf(plan)
  await refuseFull(outDir)
  const tools = options.tools ?? (await findLiveTools())
  const runs = join(workDir, 'run')
  const swept = await sweepLeftovers(runs)
  if (swept.length > 0)
    onNote?.(`Ended ${swept.length} processes that a run before this one had left behind.`)

  const folder = join(runs, name)
  const results = join(folder, 'results')
  const group = await ProcessGroup.open(folder, clock)
  if (!group.tiedToParent) {
    onNote?.('On this system children outlive a killed micropop; the next rehearsal ends them where it can.')
  }
  let keepLogs = false
  try {
    await mkdir(results, { recursive: true })
    const stop = signal ? AbortSignal.any([group.failure, signal]) : group.failure
    stop.throwIfAborted()
    const live = { plan, options, tools, clock, group, folder, results, signal: stop, startedMs }
    await performRun(live).catch((error) => {
      // An operation that an abort broke reports its own error; the cause is the signal's.
      stop.throwIfAborted()
      throw error
    })
    await group.stop()
    onStage?.('measuring')
    const run = await readRun(results)
    const measurement = await measure(run)
    const reason = voidReason({
      generator: run.facts.generator,
      sessions: plan.sessions.length,
      latenessP99Ms: measurement.observed.latenessP99Ms,
      neverConnected: measurement.observed.neverConnected,
      timeline: run.facts.timeline,
      generatorSaid: run.facts.generatorSaid,
    })
    if (reason) throw reason
    await writeJson(results, RUN_FILES.result, measurement.result)
    signal?.throwIfAborted()
    await publish(results, outDir)
    return liveRun(measurement, outDir)
  } catch (error) {
    keepLogs = !(signal?.aborted ?? false)
    throw error
  } finally {
    await group.stop()
    if (!keepLogs) await rm(folder, { recursive: true, force: true })
  }
}

interface Live {
  plan: RunPlan
  options: RehearsalOptions
  tools: LiveTools
  clock: RehearsalClock
  group: ProcessGroup
  folder: string
  results: string
  signal: AbortSignal
  startedMs: number
}

/** Leaves the run's files in `results`; processes may still run. */
async function performRun(live: Live): Promise<void> {
  const { plan, options, clock, group, folder, results, signal, tools, startedMs } = live
  const stage = options.onStage ?? (() => {})
  stage('starting central, PoPs and links')
  const { central, links, pops, imagePaths } = await startServers(live)
  await Promise.all(pops.map((pop) => connected(pop, live)))
  const pageBytes = await warmPages(pops, imagePaths)
  const addresses = await accessLinks(plan, links, pops)
  const load: Load = {
    sessions: plan.sessions.length,
    leadMs: LEAD_MS,
    durationMs: plan.durationMs,
    drainMs: SESSION_DRAIN_MS,
    deliveryEvery: deliveryEvery(plan),
    imagePaths,
    imageConnections: imageConnections(plan.page.images),
  }
  stage(`bringing ${load.sessions} attendees to the door`)
  const attendeesFile = join(results, RUN_FILES.attendees)
  const sessions = scheduledSessions(plan, addresses)
  const cpuBefore = await Promise.all(pops.map(({ adminPort }) => cpuSeconds(adminPort)))
  const applyBefore = await applySeconds(central.adminPort)
  const run = await startLoad({ group, k6: tools.k6, folder, attendeesFile, load, sessions, clock, signal })
  const startMs = clock.monotonicMs() + (run.epochMs - clock.wallMs())
  const sampling = sampleQueues({ pops, file: join(results, RUN_FILES.queue), startMs, clock })
  stage(`running ${Math.round(plan.durationMs / 1000)} s of the show`)
  const act = async ({ do: what, venue }: { do: 'cut' | 'restore'; venue: string }) => {
    await (what === 'cut' ? links.cut(venue) : links.restore(venue))
    stage(
      what === 'cut' ? `running; the uplink of ${venue} is cut` : `running; the uplink of ${venue} is back`,
    )
  }
  let finished: Awaited<ReturnType<typeof run.finished>>
  let clockStepMs: number
  const steps = performTimeline(timelineOf(plan), { clock, startMs, signal, act })
  try {
    const [end] = await Promise.all([run.finished(signal), steps])
    finished = end
    stage('draining')
  } finally {
    // Otherwise a sample in flight would meet a PoP that is being stopped.
    clockStepMs = (await sampling.stop().catch(() => ({ clockStepMs: 0 }))).clockStepMs
  }
  const endedMs = clock.monotonicMs()
  const drained = await drain(pops, live)
  const cpuAfter = await Promise.all(pops.map(({ adminPort }) => cpuSeconds(adminPort)))
  await exportMessages(central.adminPort, plan.event, join(results, RUN_FILES.central))
  const facts: RunFacts = {
    version: 1,
    outage: plan.outages.length > 0 ? (options.event.outage?.name ?? 'outage') : null,
    date: new Date(clock.wallMs()).toISOString().slice(0, 10),
    commit: await thisCommit(),
    machine: thisMachine(),
    reproduce: options.reproduce,
    drainedMs: drained ? clock.monotonicMs() - endedMs : null,
    tookS: (clock.monotonicMs() - startedMs) / 1000,
    timeline: await steps,
    generator: { ...finished, clockStepMs },
    generatorSaid: finished.exitCode === 0 ? [] : await run.child.lastLines(),
    pageBytes,
    applySeconds: bucketsBetween(applyBefore, await applySeconds(central.adminPort)),
    venues: pops.map(({ venue }, i) => ({
      name: venue,
      urn: venueOf(options.topology, venue).urn,
      cpuS: (cpuAfter[i] as number) - (cpuBefore[i] as number),
    })),
    ackLimitMs: options.event.serviceLevels.ackP99Ms,
    showStartMs: options.event.startMs,
  }
  await Promise.all([writeJson(results, RUN_FILES.plan, plan), writeJson(results, RUN_FILES.facts, facts)])
}

async function startServers({ plan, options, tools, clock, group, folder, signal }: Live) {
  const imagesDir = plan.page.images > 0 ? join(folder, 'images') : null
  const starting = { group, folder, signal }
  const port = options.toxiproxyPort ?? 0
  const [central, links, images] = await Promise.all([
    startCentral(starting),
    Links.start({ group, command: tools.toxiproxy, clock, port, signal }),
    imagesDir === null ? [] : stageImages(imagesDir, plan.page.images, plan.seed),
  ])
  const pops = await Promise.all(
    plan.venues.map(async ({ name, uplink }) => {
      const address = await links.uplink(name, uplink, `${LOOPBACK}:${central.port}`)
      return startPop(starting, venueOf(options.topology, name), { central: address, imagesDir })
    }),
  )
  const imagePaths = images.map((image) => `${PATHS.images}/${image}?w=${plan.page.imageWidth}`)
  return { central, links, pops, imagePaths }
}

function connected({ venue, adminPort }: RunningPop, { clock, signal }: Live): Promise<true> {
  return until(async () => (await queueState(adminPort)).connected || undefined, {
    clock,
    everyMs: POLL_MS,
    limitMs: UPLINK_WITHIN_MS,
    signal,
    onLate: () =>
      new Error(`The PoP of ${venue} found no way to central within ${UPLINK_WITHIN_MS / 1000} s`),
  }) as Promise<true>
}

async function warmPages(pops: readonly RunningPop[], imagePaths: readonly string[]) {
  let bytes = { html: 0, images: 0 }
  for (const { port } of pops) bytes = await warmPage(port, imagePaths)
  return bytes
}

async function accessLinks(
  plan: RunPlan,
  links: Links,
  pops: readonly RunningPop[],
): Promise<Map<string, AccessAddresses>> {
  const used = new Set(plan.sessions.map(({ link }) => link))
  const addresses = new Map<string, AccessAddresses>()
  for (const link of plan.links.filter(({ id }) => used.has(id))) {
    const pop = pops.find(({ venue }) => venue === link.venue)
    if (pop === undefined)
      throw new Error(`Link ${link.id} leads to ${link.venue}, which has no PoP in the plan`)
    addresses.set(link.id, await links.access(link.id, link, `${LOOPBACK}:${pop.port}`, plan.page.images))
  }
  return addresses
}

/** False where a backlog is left after the limit: what is missing at central then counts as lost. */
async function drain(pops: readonly RunningPop[], { clock, signal }: Live): Promise<boolean> {
  const late = new Error('not drained')
  const empty = async () => {
    const states = await Promise.all(pops.map(({ adminPort }) => queueState(adminPort)))
    return states.every(({ backlog }) => backlog === 0) || undefined
  }
  try {
    await until(empty, { clock, everyMs: POLL_MS, limitMs: BACKLOG_DRAIN_MS, signal, onLate: () => late })
    return true
  } catch (error) {
    if (error === late) return false
    throw error
  }
}

function venueOf(topology: Topology, name: string): VenueTopology {
  const venue = topology.venues.find((candidate) => candidate.venue === name)
  if (venue === undefined) throw new Error(`The plan names venue ${name}, which the graph does not have`)
  return venue
}

async function refuseFull(outDir: string): Promise<void> {
  const entries = await readdir(outDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (entries.length === 0) return
  const remedy = 'Give a new folder to --out, or empty this one.'
  throw new InvalidInput('MP_OUT_NOT_EMPTY', `${outDir} is not empty`, remedy)
}

/** The whole folder appears at once, also where it lies on another file system. */
async function publish(results: string, outDir: string): Promise<void> {
  await mkdir(dirname(outDir), { recursive: true })
  try {
    await rename(results, outDir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    const part = `${outDir}.part`
    await cp(results, part, { recursive: true })
    await rename(part, outDir)
  }
}

function liveRun({ result, observed, comparison }: Measurement, folder: string): LiveRun {
  const rawFile = join(folder, RUN_FILES.attendees)
  return { result, folder, rawFile, silentGaps: observed.gapsSilent, foreign: comparison.foreign }
}

/** `20261123T205032Z`. */
function stamp(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}
