// What a measured run's times leave when its links are taken off, and how much work it did.
import type { UplinkRecord } from '../../runtime/protocol/uplink.ts'
import { PeakPerSecond } from '../peak-per-second.ts'
import { toxicDelays, toxicRate } from '../rehearsal/link-shape.ts'
import type { DropLine, PageLine, PublishLine } from '../rehearsal/raw-lines.ts'
import type { MeasuredRun } from '../rehearsal/run-files.ts'
import { bodyOf, frameBytes } from '../workload/frames.ts'
import { CHANNELS, type RunPlan } from '../workload/run-plan.ts'
import { fanOut } from './fan-out.ts'
import { type LinkShape, oneWayMs, pageLinkMs } from './link-time.ts'

/** What happens this long after an outage may still be its consequence. */
const AFTERMATH_MS = 10_000

export interface Residuals {
  ack: number[]
  /** Without a subscriber's place among those of its message, which takes `fanOutMs` each; null where that is not told. */
  delivery: number[]
  fanOutMs: number | null
  page: number[]
  /** Mean JSON bytes of a published record inside a batch, with its comma. */
  recordBytes: number
  range: { publishesPerS: number; deliveriesPerS: number }
  work: { joins: number; publishes: number; deliveries: number; pages: number }
}

export async function residualsOf(run: MeasuredRun): Promise<Residuals> {
  const { plan, facts } = run
  const linkOf = emulatedLinks(plan)
  const calm = calmAt(plan)
  const publishes: PublishLine[] = []
  const pages: PageLine[] = []
  const drops = new Map<string, DropLine[]>()
  const messages = new Map<string, number[]>()
  const perSecond = { publishes: new PeakPerSecond(), deliveries: new PeakPerSecond() }
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
        const message = `${from} ${at}`
        const times = messages.get(message)
        if (times) times.push(Math.max(0, ms - links))
        else messages.set(message, [Math.max(0, ms - links)])
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
  const { gapMs, restMs } = fanOut(messages.values(), sampledShare)
  return {
    ack,
    delivery: restMs,
    fanOutMs: gapMs,
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
