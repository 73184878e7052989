// The digital twin of a run: the plan's attendees, the PoPs' own state machines and central, under virtual time.
import type { EventSpec, LinkTarget, Uplink } from '../infra/event/event.ts'
import type { Calibration } from './calibration/calibration.ts'
import { EventQueue } from './engine/event-queue.ts'
import { stream } from './engine/random.ts'
import { CentralNode, writersOf } from './models/central-node.ts'
import { Disk } from './models/disk.ts'
import { calibratedHardware, type Hardware, hardwareOf } from './models/hardware.ts'
import { StallProcess, uplinkVariation } from './models/link-variation.ts'
import { PopNode } from './models/pop-node.ts'
import { popStartOf } from './models/pop-start.ts'
import { Processor } from './models/processor.ts'
import { UplinkLink } from './models/uplink-link.ts'
import { VenueSessions } from './models/venue-sessions.ts'
import { outsideRange, type Reached } from './outside-range.ts'
import { Recording } from './recording.ts'
import { BACKLOG_LOOKS_PER_S } from './recovery.ts'
import { resultOfRun } from './result-of-run.ts'
import type { Conservation, RunResult } from './run-result.ts'
import { type Topology, venueOf } from './topology.ts'
import { popConfigOf } from './twin-config.ts'
import type { Usage } from './usage.ts'
import { checkOutages } from './workload/check-outages.ts'
import { frameBytes } from './workload/frames.ts'
import type { RunPlan } from './workload/run-plan.ts'

export interface TwinOptions {
  event: EventSpec
  topology: Topology
  plan: RunPlan
  calibration: Calibration
  /** Command that repeats this run. */
  reproduce: string
  signal?: AbortSignal
  /** Share of the run's time that is done, in [0, 1]. */
  progress?: (share: number) => void
  /** ms, for `tookS` only. */
  wallMs: () => number
}

/** The drain after the window is bounded: a backlog that has not gone by then stays in the result. */
const DRAIN_MS_MAX = 10 * 60_000
/** Events between looks at the abort signal. */
const STRIDE = 20_000

interface Venue {
  pop: PopNode
  hardware: Hardware
  processor: Processor
  uplinks: Record<LinkTarget, UplinkLink | null>
  sessions: VenueSessions
}

/**
 * Same arguments, same result, bit for bit, but for `tookS`. Throws the signal's reason when aborted, and InternalError
 * where messages, bytes or Little's law do not add up at the end.
 */
export async function runTwin(options: TwinOptions): Promise<RunResult> {
  const { event, topology, plan, calibration, signal, progress, wallMs } = options
  const startedMs = wallMs()
  checkOutages(plan)
  const clock = new EventQueue()
  const recording = new Recording(plan.durationMs / 1000)
  const central = new CentralNode(clock, calibration.applyMs, stream(plan.seed, 'central'), writersOf(plan))
  const popStart = popStartOf(calibration)
  const venues = plan.venues.map(({ name, uplink, backupUplink }): Venue => {
    const at = venueOf(topology, name)
    const stalls = (target: LinkTarget, { technology, rttMs }: Uplink) => {
      const variation = plan.stage === 'show' ? uplinkVariation(technology) : null
      return variation && new StallProcess(variation, rttMs, stream(plan.seed, 'stalls', name, target))
    }
    const link = new UplinkLink(clock, uplink, `the uplink of ${name}`, stalls('uplink', at.uplink))
    const backup =
      backupUplink &&
      new UplinkLink(
        clock,
        backupUplink,
        `the backup uplink of ${name}`,
        at.backupUplink && stalls('backup-uplink', at.backupUplink),
      )
    const config = popConfigOf(at)
    const restS = event.setupS + plan.window.startS
    const hardware =
      plan.stage === 'show'
        ? hardwareOf(at, calibration, config, restS)
        : calibratedHardware(calibration, config)
    const idleShare = calibration.cpu.idleMsPerMinute / 60_000
    const processor = new Processor({ clock, idleShare, ...hardware })
    const pop: PopNode = new PopNode({
      name,
      clock,
      central,
      uplinks: backup ? [link, backup] : [link],
      calibration,
      processor,
      disk: hardware.disk && new Disk(clock, hardware.disk, stream(plan.seed, 'disk', name)),
      fanOut: plan.stage === 'show' ? 'processor' : 'measured',
      config,
      random: { retry: stream(plan.seed, 'retry', name), commit: stream(plan.seed, 'commit', name) },
      acked: (client, _lane, seq, afterMs) => sessions.acked(client, seq, afterMs),
      refused: (client, _lane, seq) => sessions.refusedOne(client, seq),
      deliver: (record, extraMs, spreadMs) => sessions.deliver(record, extraMs, spreadMs),
      synced: (record) => recording.latency('sync', record.at, clock.nowMs - record.at),
      subscribers: () => sessions.sessions,
      keepsLog: plan.outages.some(({ venue, target }) => venue === name && target === 'pop'),
    })
    const random = stream(plan.seed, 'pages', name)
    const linkRandom = stream(plan.seed, 'links', name)
    const sessions: VenueSessions = new VenueSessions({
      clock,
      recording,
      calibration,
      plan,
      venue: name,
      pop,
      random,
      linkRandom,
    })
    return { pop, hardware, processor, uplinks: { uplink: link, 'backup-uplink': backup }, sessions }
  })
  for (const [i, { name }] of plan.venues.entries()) {
    const { uplinks, pop, sessions } = venues[i] as Venue
    for (const { target, startS, endS } of plan.outages.filter((o) => o.venue === name)) {
      if (target === 'pop') {
        const upMs = endS * 1000 + popStart.ms
        clock.at(startS * 1000, () => {
          pop.kill()
          sessions.popGone(upMs)
        })
        clock.at(upMs, () => pop.restart())
        continue
      }
      const link = uplinks[target]
      if (!link) throw new Error(`the plan cuts the ${target} of ${name}, which has none`)
      clock.at(startS * 1000, () => link.cut())
      clock.at(endS * 1000, () => link.restore())
    }
    pop.start()
  }
  const backlog = () => venues.reduce((sum, { pop }) => sum + pop.core.uplink.backlog, 0)
  const busiest = observeSeconds(clock, plan.durationMs, venues, recording, backlog)
  if (plan.outages.length > 0) observeBacklog(clock, plan.durationMs, recording, backlog)

  await runUntil(clock, plan.durationMs, signal, progress)
  const waiting = () => backlog() + venues.reduce((sum, { sessions }) => sum + sessions.waiting, 0)
  drain(clock, plan.durationMs, waiting, signal)
  for (const { sessions } of venues) sessions.end()
  clock.verify()

  const result = resultOfRun(plan, recording, event.serviceLevels.ackP99Ms, {
    source: 'twin',
    outage: plan.outages.length > 0 ? (event.outage?.name ?? 'outage') : null,
    conservation: conserve(venues, central),
    usage: usageOf(event, topology, plan, venues),
    outsideRange: [],
    tookS: (wallMs() - startedMs) / 1000,
    reproduce: options.reproduce,
  })
  const unverified = [
    ...venues.flatMap(({ hardware: { unverified, disk } }) => [unverified, disk?.unverified ?? null]),
    plan.outages.some(({ target }) => target === 'pop') ? popStart.unverified : null,
  ]
  return { ...result, outsideRange: outsideRange(calibration.range, { ...result, busiest, unverified }) }
}

/** Lets the clock run, with looks at the signal between slices of events. */
export async function runUntil(
  clock: EventQueue,
  untilMs: number,
  signal: AbortSignal | undefined,
  progress: ((share: number) => void) | undefined,
): Promise<void> {
  for (let done = STRIDE; done === STRIDE; ) {
    done = clock.run(untilMs, STRIDE)
    progress?.(Math.min(1, clock.nowMs / untilMs))
    // Lets a signal arrive: nothing else runs while the twin computes.
    await new Promise<void>((resolve) => setImmediate(resolve))
    signal?.throwIfAborted()
  }
}

/** Goes on after the window for as long as anything waits, within bounds. */
export function drain(
  clock: EventQueue,
  durationMs: number,
  waiting: () => number,
  signal: AbortSignal | undefined,
): void {
  while (waiting() > 0 && clock.step(durationMs + DRAIN_MS_MAX)) signal?.throwIfAborted()
}

function observeSeconds(
  clock: EventQueue,
  durationMs: number,
  venues: readonly Venue[],
  recording: Recording,
  backlog: () => number,
): Reached['busiest'] {
  const busiest = { publishes: 0, deliveries: 0 }
  const before = { publishes: 0, deliveries: 0 }
  let sentBefore = 0
  const observe = (s: number) => {
    const sent = venues.reduce((sum, venue) => sum + sentBytes(venue), 0)
    const sessions = venues.reduce((sum, venue) => sum + venue.sessions.sessions, 0)
    recording.second(s, { backlog: backlog(), uplinkBytes: sent - sentBefore, sessions })
    sentBefore = sent
    const now = {
      publishes: venues.reduce((sum, venue) => sum + venue.sessions.published, 0),
      deliveries: venues.reduce((sum, venue) => sum + venue.sessions.deliveredBytes, 0) / frameBytes.message,
    }
    for (const kind of ['publishes', 'deliveries'] as const) {
      busiest[kind] = Math.max(busiest[kind], now[kind] - before[kind])
      before[kind] = now[kind]
    }
    if ((s + 2) * 1000 <= durationMs) clock.after(1000, () => observe(s + 1))
  }
  clock.at(1000, () => observe(0))
  return busiest
}

function observeBacklog(
  clock: EventQueue,
  durationMs: number,
  recording: Recording,
  backlog: () => number,
): void {
  const everyMs = 1000 / BACKLOG_LOOKS_PER_S
  const look = (i: number) => {
    recording.look(i, backlog())
    if ((i + 2) * everyMs <= durationMs) clock.after(everyMs, () => look(i + 1))
  }
  clock.at(everyMs, () => look(0))
}

function sentBytes({ uplinks }: Venue): number {
  return (uplinks.uplink?.sentBytes ?? 0) + (uplinks['backup-uplink']?.sentBytes ?? 0)
}

function conserve(venues: readonly Venue[], central: CentralNode): Conservation {
  const sum = (of: (venue: Venue) => number) => venues.reduce((total, venue) => total + of(venue), 0)
  return {
    published: sum(({ sessions }) => sessions.published),
    acknowledged: sum(({ sessions }) => sessions.acknowledged),
    atCentral: central.messages,
    lost: sum(({ sessions }) => sessions.lost(central)),
    appliedTwice: central.appliedTwice,
    refused: sum(({ sessions }) => sessions.refused),
  }
}

function usageOf(event: EventSpec, topology: Topology, plan: RunPlan, venues: readonly Venue[]): Usage[] {
  const startMs = event.startMs + plan.window.startS * 1000
  const window = { startMs, endMs: startMs + plan.durationMs }
  return plan.venues.flatMap(({ name }, i) => {
    const venue = venues[i] as Venue
    const { sessions, pop, processor, hardware } = venue
    const credits = processor.creditsAt(plan.durationMs)
    const urn = topology.venues.find(({ venue }) => venue === name)?.urn ?? name
    const usage = (meter: string, quantity: number, unit: string): Usage => ({
      urn,
      meter,
      quantity,
      unit,
      window,
      source: 'twin',
    })
    const burstable =
      credits === null
        ? []
        : [
            // Owed at the end of the run: a machine that is terminated then pays it all.
            usage('cpu-surplus-credits', credits.charged + credits.surplus, 'credit'),
            ...(hardware.credits?.mode === 'standard'
              ? [usage('cpu-throttled', processor.throttledMs / 3_600_000, 'hour')]
              : []),
          ]
    return [
      ...burstable,
      usage('attendee-egress', (sessions.deliveredBytes + sessions.pageBytes) / 1e9, 'GB'),
      usage('uplink-sent', sentBytes(venue) / 1e9, 'GB'),
      usage('cpu-time', pop.cpuMs(plan.durationMs) / 3_600_000, 'vCPU-hour'),
    ]
  })
}
