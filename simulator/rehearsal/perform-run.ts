// One run from the first process to the export: what is started in which order, and what is written down.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { EventSpec } from '../../infra/event/event.ts'
import { makeSampleImages } from '../../runtime/assets/sample-images.ts'
import { MicropopError } from '../../runtime/errors.ts'
import { LOOPBACK } from '../../runtime/free-ports.ts'
import { PATHS } from '../../runtime/ports.ts'
import { bucketsBetween, bucketsTogether } from '../calibration/histogram.ts'
import { stream } from '../engine/random.ts'
import { SESSION_DRAIN_MS } from '../models/attendee-client.ts'
import { type Topology, venueOf } from '../topology.ts'
import type { DrawnPlan } from '../workload/run-plan.ts'
import {
  applySeconds,
  exportMessages,
  exportWatermarks,
  logWriteSeconds,
  queueState,
  warmPage,
} from './admin-requests.ts'
import { type RehearsalClock, until } from './clock.ts'
import { KilledPops } from './killed-pops.ts'
import type { AccessAddresses } from './link-shape.ts'
import { Links } from './links.ts'
import type { LiveTools } from './live-tools.ts'
import { type LoadEnd, type LoadRun, startLoad } from './load-run.ts'
import { thisCommit, thisMachine } from './machine.ts'
import type { ProcessGroup } from './process-group.ts'
import { sampleQueues } from './queue-sampler.ts'
import { FACTS_VERSION, type RunFacts } from './run-facts.ts'
import { RUN_FILES, writeJson } from './run-files.ts'
import { loadOf, scheduledSessions } from './schedule.ts'
import { type RunningPop, type RunningServer, startCentral, startPop } from './servers.ts'
import { type PerformedStep, performTimeline, type TimelineStep } from './timeline.ts'

/** Between the load being ready and its start: time for its VUs to set their timers. */
const LEAD_MS = 1_500
/** How long after the last session the backlog may take to reach central. */
const BACKLOG_DRAIN_MS = 30_000
const UPLINK_WITHIN_MS = 10_000
const POLL_MS = 50

export interface Performance {
  plan: DrawnPlan
  steps: readonly TimelineStep[]
  event: Pick<EventSpec, 'startMs' | 'serviceLevels' | 'outage'>
  topology: Topology
  reproduce: string
  tools: LiveTools
  toxiproxyPort: number
  clock: RehearsalClock
  group: ProcessGroup
  /** Data, configuration and logs of the processes. */
  folder: string
  /** Takes `RUN_FILES` but the result. */
  results: string
  signal: AbortSignal
  startedMs: number
  onStage: (stage: string) => void
}

interface Servers {
  central: RunningServer
  links: Links
  pops: RunningPop[]
  killed: KilledPops
  imagePaths: string[]
}

/** The run's files are in `results` when this resolves; processes still run then. */
export async function performRun(live: Performance): Promise<void> {
  const { plan, clock, results, onStage } = live
  onStage('starting central, PoPs and links')
  const servers = await startServers(live)
  const { central, pops, killed, imagePaths } = servers
  await Promise.all(pops.map((pop) => connected(pop, live)))
  let pageBytes = { html: 0, images: 0 }
  for (const { port } of pops) pageBytes = await warmPage(port, imagePaths)
  const cpuFromMs = clock.monotonicMs()
  const cpuBefore = await Promise.all(pops.map(({ venue }) => killed.cpuSeconds(venue)))
  const applyBefore = await applySeconds(central.adminPort)
  const writesOf = () => Promise.all(pops.map(({ adminPort }) => logWriteSeconds(adminPort)))
  const writesBefore = await writesOf()

  const { timeline, generator } = await runLoad(live, servers)

  onStage('draining')
  const endedMs = clock.monotonicMs()
  const drained = await drain(pops, live)
  const drainedMs = drained ? Math.round(clock.monotonicMs() - endedMs) : null
  const cpuOverS = (clock.monotonicMs() - cpuFromMs) / 1000
  const cpuAfter = await Promise.all(pops.map(({ venue }) => killed.cpuSeconds(venue)))
  const applyAfter = await applySeconds(central.adminPort)
  const writesAfter = await writesOf()
  await exportMessages(central.adminPort, plan.event, join(results, RUN_FILES.central))
  await writeJson(results, RUN_FILES.watermarks, await exportWatermarks(central.adminPort, plan.event))
  const facts: RunFacts = {
    version: FACTS_VERSION,
    outage: plan.outages.length > 0 ? (live.event.outage?.name ?? 'outage') : null,
    date: new Date(clock.wallMs()).toISOString().slice(0, 10),
    commit: await thisCommit(),
    machine: thisMachine(),
    reproduce: live.reproduce,
    tookS: (clock.monotonicMs() - live.startedMs) / 1000,
    drainedMs,
    timeline,
    generator,
    pageBytes,
    applySeconds: bucketsBetween(applyBefore, applyAfter),
    logWriteSeconds: bucketsTogether(
      writesAfter.map((after, i) => bucketsBetween(writesBefore[i] ?? [], after)),
    ),
    popStartMs: [...killed.startsMs],
    venues: pops.map(({ venue }, i) => ({
      name: venue,
      urn: venueOf(live.topology, venue).urn,
      cpuS: (cpuAfter[i] as number) - (cpuBefore[i] as number),
      cpuOverS,
    })),
    ackLimitMs: live.event.serviceLevels.ackP99Ms,
    showStartMs: live.event.startMs,
  }
  await Promise.all([writeJson(results, RUN_FILES.plan, plan), writeJson(results, RUN_FILES.facts, facts)])
}

async function startServers(live: Performance): Promise<Servers> {
  const { plan, topology, tools, toxiproxyPort, clock, group, folder, signal } = live
  const imagesDir = plan.page.images > 0 ? join(folder, 'images') : null
  const starting = { group, folder, signal, uplinkToken: randomUUID() }
  const [central, links, images] = await Promise.all([
    startCentral(starting),
    Links.start({ group, command: tools.toxiproxy, clock, port: toxiproxyPort, signal }),
    imagesDir === null
      ? []
      : makeSampleImages(imagesDir, plan.page.images, (i) => stream(plan.seed, 'image', i)),
  ])
  const pops = await Promise.all(
    plan.venues.map(async ({ name, uplink, backupUplink }) => {
      const upstream = `${LOOPBACK}:${central.port}`
      const addresses = [await links.uplink(name, 'uplink', uplink, upstream)]
      if (backupUplink) addresses.push(await links.uplink(name, 'backup-uplink', backupUplink, upstream))
      return startPop(starting, venueOf(topology, name), { central: addresses, imagesDir })
    }),
  )
  const imagePaths = images.map((image) => `${PATHS.images}/${image}?w=${plan.page.imageWidth}`)
  return { central, links, pops, killed: new KilledPops(group, pops, clock), imagePaths }
}

/** The load and the timeline side by side, under the eyes of the sampler. The first that fails ends both. */
async function runLoad(
  live: Performance,
  { links, pops, killed, imagePaths }: Servers,
): Promise<{ timeline: PerformedStep[]; generator: RunFacts['generator'] }> {
  const { plan, clock, results, onStage } = live
  const over = new AbortController()
  const signal = AbortSignal.any([live.signal, over.signal])
  const run = await bringAttendees(live, links, pops, imagePaths)
  const startMs = clock.monotonicMs() + (run.epochMs - clock.wallMs())
  const isGone = (venue: string) => killed.isGone(venue)
  const sampling = sampleQueues({ pops, isGone, file: join(results, RUN_FILES.queue), startMs, clock })
  onStage(`running ${Math.round(plan.durationMs / 1000)} s of the show`)
  const act = async (step: TimelineStep) => {
    await perform(step, links, killed)
    onStage(`running; the ${step.target} of ${step.venue} is ${NOW[step.do]}`)
  }
  let end: LoadEnd
  let timeline: PerformedStep[]
  try {
    ;[end, timeline] = await Promise.all([
      run.finished(signal),
      performTimeline(live.steps, { clock, startMs, signal, act }).then(async (done) => {
        await killed.ready()
        return done
      }),
    ])
  } catch (error) {
    over.abort(error)
    // The sampler meets PoPs that are being stopped: what it says then is a consequence.
    await sampling.stop().catch(() => undefined)
    throw error
  }
  const { clockStepMs } = await sampling.stop()
  return { timeline, generator: { ...end, clockStepMs } }
}

const NOW = { cut: 'cut', restore: 'back', kill: 'killed', start: 'being started again' } as const

async function perform({ do: what, venue, target }: TimelineStep, links: Links, killed: KilledPops) {
  if (target !== 'pop') await (what === 'cut' ? links.cut(venue, target) : links.restore(venue, target))
  else if (what === 'kill') await killed.kill(venue)
  else killed.start(venue)
}

async function bringAttendees(
  live: Performance,
  links: Links,
  pops: readonly RunningPop[],
  imagePaths: string[],
): Promise<LoadRun> {
  const { plan, tools, group, folder, results, clock, signal } = live
  const addresses = await accessLinks(plan, links, pops)
  live.onStage(`bringing ${plan.sessions.length} attendees to the door`)
  const load = loadOf(plan, imagePaths, { leadMs: LEAD_MS, drainMs: SESSION_DRAIN_MS })
  const sessions = scheduledSessions(plan, addresses)
  const attendeesFile = join(results, RUN_FILES.attendees)
  return startLoad({ group, k6: tools.k6, folder, attendeesFile, load, sessions, clock, signal })
}

async function accessLinks(
  plan: DrawnPlan,
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

async function connected({ venue, adminPort }: RunningPop, { clock, signal }: Performance): Promise<void> {
  await until(async () => (await queueState(adminPort)).connected || undefined, {
    clock,
    everyMs: POLL_MS,
    limitMs: UPLINK_WITHIN_MS,
    signal,
    onLate: () =>
      new MicropopError('MP_REHEARSAL', `the PoP of ${venue} found no way to central`, {
        exitCode: 5,
        remedy: 'Send the logs in the run folder with your report.',
      }),
  })
}

/** False where a backlog is left after the limit: what is missing at central then counts as lost. */
async function drain(pops: readonly RunningPop[], { clock, signal }: Performance): Promise<boolean> {
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
