// From a measured run to the twin's parameters: what is left of each time when the links are taken off.
import { VoidRun } from '../../runtime/errors.ts'
import type { UplinkRecord } from '../../runtime/protocol/uplink.ts'
import { toxicDelays, toxicRate } from '../rehearsal/link-shape.ts'
import type { DropLine, PageLine, PublishLine } from '../rehearsal/raw-lines.ts'
import { type MeasuredRun, readRun } from '../rehearsal/run-files.ts'
import type { PerformedStep } from '../rehearsal/timeline.ts'
import { bodyOf, frameBytes } from '../workload/frames.ts'
import { CHANNELS, type RunPlan } from '../workload/run-plan.ts'
import { CALIBRATION_VERSION, type Calibration } from './calibration.ts'
import { cpuCost } from './cpu-cost.ts'
import { bucketQuantiles, bucketsTotal } from './histogram.ts'
import { type LinkShape, oneWayMs, pageLinkMs } from './link-time.ts'
import { QUANTILE_POINTS, quantileTable } from './quantile-table.ts'

/** Fewer samples than this say nothing about a distribution. */
export const SAMPLES_MIN = 20
/** What happens this long after an outage may still be its consequence. */
const AFTERMATH_MS = 10_000

/** From the folder of a finished rehearsal. Errors: MP_RUN_UNREADABLE, those of `calibrationOf`. */
export async function calibrate(folder: string, lender?: Calibration): Promise<Calibration> {
  return calibrationOf(await readRun(folder), lender)
}

/** The kinds of times that a calibration has too few samples of to have measured them itself. */
export function borrowed({ samples }: Calibration): (keyof Calibration['samples'])[] {
  const kinds = Object.keys(samples) as (keyof Calibration['samples'])[]
  return kinds.filter((kind) => samples[kind] < SAMPLES_MIN)
}

/**
 * Where the run has too few samples of something, that table is `lender`'s; `samples` still tells how few there
 * were. Error: MP_CALIBRATION_SMALL where there is nobody to borrow from.
 */
export async function calibrationOf(run: MeasuredRun, lender?: Calibration): Promise<Calibration> {
  const { plan, facts } = run
  const residuals = await residualsOf(run)
  const queue = await queueFacts(run)
  const apply = bucketsTotal(facts.applySeconds)
  const samples = {
    ack: residuals.ack.length,
    delivery: residuals.delivery.length,
    page: residuals.page.length,
    apply,
  }
  for (const [what, count] of Object.entries(samples)) {
    if (count >= SAMPLES_MIN || lender) continue
    throw new VoidRun(
      'MP_CALIBRATION_SMALL',
      `the run has ${count} samples of ${what}, a calibration needs ${SAMPLES_MIN}`,
      'Rehearse longer, with more attendees, or in a livelier segment.',
    )
  }
  const own = <Table>(count: number, table: () => Table, lent: Table | undefined): Table =>
    lent !== undefined && count < SAMPLES_MIN ? lent : table()
  return {
    version: CALIBRATION_VERSION,
    from: {
      event: plan.event,
      outage: facts.outage,
      seed: plan.seed,
      sessions: plan.sessions.length,
      durationS: plan.durationMs / 1000,
      date: facts.date,
      commit: facts.commit,
      machine: facts.machine,
    },
    ackServiceMs: own(samples.ack, () => quantileTable(residuals.ack), lender?.ackServiceMs),
    deliveryServiceMs: own(
      samples.delivery,
      () => quantileTable(residuals.delivery),
      lender?.deliveryServiceMs,
    ),
    pageServiceMs: own(samples.page, () => quantileTable(residuals.page), lender?.pageServiceMs),
    applyMs: own(
      samples.apply,
      () => bucketQuantiles(facts.applySeconds, QUANTILE_POINTS, 1000),
      lender?.applyMs,
    ),
    reconnectMs: queue.reconnectMs,
    cpu: cpuCost({
      cpuMs: facts.venues.reduce((sum, { cpuS }) => sum + cpuS * 1000, 0),
      overMs: facts.venues.reduce((sum, { cpuOverS }) => sum + cpuOverS * 1000, 0),
      ...residuals.work,
      polls: queue.polls,
    }),
    uplinkBytesPerRecord: residuals.recordBytes,
    pageBytes: facts.pageBytes,
    range: { sessions: plan.sessions.length, ...residuals.range, backlog: queue.backlog },
    samples,
  }
}

interface Residuals {
  ack: number[]
  delivery: number[]
  page: number[]
  /** Mean JSON bytes of a published record inside a batch, with its comma. */
  recordBytes: number
  range: { publishesPerS: number; deliveriesPerS: number }
  work: { joins: number; publishes: number; deliveries: number; pages: number }
}

async function residualsOf(run: MeasuredRun): Promise<Residuals> {
  const { plan, facts } = run
  const linkOf = emulatedLinks(plan)
  const calm = calmAt(plan)
  const publishes: PublishLine[] = []
  const pages: PageLine[] = []
  const drops = new Map<string, DropLine[]>()
  const delivery: number[] = []
  const perSecond = { publishes: new Counts(), deliveries: new Counts() }
  let joins = 0
  let deliveriesSampled = 0
  let deliveriesReceived = 0
  for await (const line of run.attendees()) {
    if ((line.k === 'connect' || line.k === 'drop') && line.ms !== null) joins++
    if (line.k === 'pub') {
      publishes.push(line)
      perSecond.publishes.add(line.at)
    } else if (line.k === 'page' && line.ok) {
      pages.push(line)
    } else if (line.k === 'drop') {
      drops.set(line.c, [...(drops.get(line.c) ?? []), line])
    } else if (line.k === 'end') {
      deliveriesSampled += line.sampled
      deliveriesReceived += line.received
    } else if (line.k === 'in') {
      const to = linkOf(line.c)
      for (const [from, at, ms] of line.d) {
        perSecond.deliveries.add(at)
        if (!calm(at)) continue
        const links = oneWayMs(linkOf(from), frameBytes.publish.chat) + oneWayMs(to, frameBytes.message)
        delivery.push(Math.max(0, ms - links))
      }
    }
  }
  const connected = (client: string, at: number) =>
    !(drops.get(client) ?? []).some(
      (drop) => at >= drop.at && at <= drop.at + (drop.ms ?? Number.POSITIVE_INFINITY),
    )
  const ack = publishes
    .filter((line) => line.ack !== null && line.sends === 1 && calm(line.at) && connected(line.c, line.at))
    .map((line) => {
      const link = linkOf(line.c)
      const links = oneWayMs(link, frameBytes.publish[line.kind]) + oneWayMs(link, frameBytes.ack)
      return Math.max(0, (line.ack as number) - links)
    })
  const { html, images } = facts.pageBytes
  const page = pages
    .filter(({ at }) => calm(at))
    .map((line) => Math.max(0, line.ms - pageLinkMs(linkOf(line.c), html, plan.page.images, images)))
  const sampledShare = deliveriesReceived === 0 ? 1 : deliveriesSampled / deliveriesReceived
  return {
    ack,
    delivery,
    page,
    recordBytes: Math.round(
      publishes.reduce((sum, line) => sum + recordBytes(line), 0) / Math.max(1, publishes.length),
    ),
    range: {
      publishesPerS: perSecond.publishes.most,
      deliveriesPerS: Math.round(perSecond.deliveries.most / sampledShare),
    },
    work: { joins, publishes: publishes.length, deliveries: deliveriesReceived, pages: pages.length },
  }
}

/** The link of a client as Toxiproxy emulates it: whole KB/s and whole ms. */
function emulatedLinks(plan: RunPlan): (client: string) => LinkShape {
  const links = new Map(
    plan.links.map(({ id, rateBps, rttMs }) => {
      const { upstream, downstream } = toxicDelays(rttMs)
      return [id, { rateBps: toxicRate(rateBps) * 8_000, rttMs: upstream + downstream }]
    }),
  )
  const byClient = new Map(plan.sessions.map(({ client, link }) => [client, links.get(link)]))
  return (client) => {
    const link = byClient.get(client)
    if (link === undefined) throw new Error(`The plan has no link for ${client}, which the measurements name`)
    return link
  }
}

/** Whether a moment lies outside every outage and its aftermath. */
function calmAt(plan: RunPlan): (atMs: number) => boolean {
  return (atMs) =>
    !plan.outages.some(({ startS, endS }) => atMs >= startS * 1000 && atMs <= endS * 1000 + AFTERMATH_MS)
}

function recordBytes({ c, seq, kind, at }: PublishLine): number {
  const record: UplinkRecord = {
    client: c,
    seq,
    ch: CHANNELS[kind],
    body: bodyOf(kind),
    at: 1_796_290_000_000 + at,
    // As long as those of a show: this run's PoP does not tell its publishers which it gave.
    off: 10_000,
    t: 1_796_290_000_000 + at,
  }
  return JSON.stringify(record).length + 1
}

async function queueFacts(
  run: MeasuredRun,
): Promise<{ backlog: number; reconnectMs: number[]; polls: number }> {
  const restores = run.facts.timeline.filter((step) => step.do === 'restore')
  const back = new Map<PerformedStep, number>()
  const newest = new Map<string, number>()
  let backlog = 0
  let polls = 0
  for await (const { venue, tMs, connected, backlog: waiting } of run.queue()) {
    polls++
    newest.set(venue, waiting)
    backlog = Math.max(
      backlog,
      [...newest.values()].reduce((sum, of) => sum + of, 0),
    )
    const restore = restores.find((step) => step.venue === venue && step.doneMs < tMs && !back.has(step))
    if (restore && connected) back.set(restore, Math.round(tMs - restore.doneMs))
  }
  return { backlog, reconnectMs: restores.flatMap((step) => back.get(step) ?? []), polls }
}

/** Events in each second. */
class Counts {
  readonly #bins = new Map<number, number>()
  most = 0

  add(atMs: number): void {
    const second = Math.floor(atMs / 1000)
    const count = (this.#bins.get(second) ?? 0) + 1
    this.#bins.set(second, count)
    this.most = Math.max(this.most, count)
  }
}
