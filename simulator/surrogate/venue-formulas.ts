// One venue's window of the show by queueing formulas: its latencies, backlog, bytes and processor time.
import { UPLINK_DEFAULTS } from '../../runtime/queue/uplink-options.ts'
import { beyondDisk } from '../calibration/beyond-disk.ts'
import { cpuMsOf } from '../calibration/cpu-cost.ts'
import { oneWayMs, pageLinkMs, pageRounds } from '../calibration/link-time.ts'
import { type Hardware, hardwareOf } from '../models/hardware.ts'
import { accessVariation } from '../models/link-variation.ts'
import type { OutageWindow } from '../run-result.ts'
import type { VenueTopology } from '../topology.ts'
import { popConfigOf } from '../twin-config.ts'
import { type AccessTier, accessTiers } from '../workload/access-tiers.ts'
import { frameBytes } from '../workload/frames.ts'
import { goesUp } from '../workload/goes-up.ts'
import { linkExtra, type Transfer } from './link-extra.ts'
import { type Minute, minutesOf } from './minutes.ts'
import { type Mixture, NOTHING, type Points, pointsOf, pointsOfTable, sumOf } from './mixture.ts'
import type { Drain } from './outage-drain.ts'
import type { SurrogateInput } from './surrogate-run.ts'
import { venueDrains } from './venue-drains.ts'
import { streamOf, utilisation, waitAtServer, waitForCommit } from './waits.ts'

/** Minutes of like load are taken together. */
const GROUPS = 6

interface LinkTimes extends AccessTier {
  /** Beyond the link's rate and median round trip. */
  extra: { up: Points; down: Points; ack: Points; page: Points }
}

function linkTimes(tier: AccessTier, { event, calibration }: SurrogateInput): LinkTimes {
  const { link } = tier
  const variation = accessVariation(link.technology, link.signal)
  const { html, images } = calibration.pageBytes
  const transfer = (bytes: number) => ({ roundTrips: 0.5, durationMs: oneWayMs(link, bytes) })
  const [up, down, ack] = [frameBytes.publish.chat, frameBytes.message, frameBytes.ack].map(transfer)
  const page = {
    roundTrips: pageRounds(event.page.images),
    durationMs: pageLinkMs(link, html, event.page.images, images * (link.imageScale ?? 1)),
  }
  const extra = (...transfers: Transfer[]) => linkExtra(variation, link.rttMs, transfers)
  return {
    ...tier,
    extra: {
      up: extra(up as Transfer),
      down: extra(down as Transfer),
      ack: extra(up as Transfer, ack as Transfer),
      page: extra(page),
    },
  }
}

export class VenueFormulas {
  readonly venue: string
  readonly #input: SurrogateInput
  readonly #at: VenueTopology
  readonly #hardware: Hardware
  readonly #links: LinkTimes[]
  readonly minutes: readonly Minute[]
  readonly #goesUp: ReturnType<typeof goesUp>
  /** A commit, and what follows it until its acknowledgement leaves. */
  readonly #commitMs: Points
  readonly #afterMs: Points
  readonly #deliveryMs: Points
  busiest = { main: 0, sessions: 0 }

  constructor(input: SurrogateInput, at: VenueTopology) {
    const { event, calibration, window } = input
    this.venue = at.venue
    this.#input = input
    this.#at = at
    this.#hardware = hardwareOf(at, calibration, popConfigOf(at), event.setupS + window.startS)
    this.#links = accessTiers(event, at).map((tier) => linkTimes(tier, input))
    this.minutes = minutesOf(event, at, window)
    this.#goesUp = goesUp(event.channels)
    const { disk } = this.#hardware
    const { ackMs, deliveryMs } = beyondDisk(calibration)
    this.#commitMs = pointsOfTable(disk ? disk.writeMs : calibration.ackServiceMs)
    this.#afterMs = disk ? pointsOfTable(ackMs) : NOTHING
    this.#deliveryMs = disk
      ? sumOf(this.#commitMs, pointsOfTable(deliveryMs))
      : pointsOfTable(calibration.deliveryServiceMs)
    for (const minute of this.minutes) {
      const { main, sessions } = this.#streams(minute)
      this.busiest = {
        main: Math.max(this.busiest.main, utilisation(main)),
        sessions: Math.max(this.busiest.sessions, utilisation(sessions)),
      }
    }
  }

  #streams({ overS, here, chats, votes, joins }: Minute) {
    const { cpu } = this.#input.calibration
    const { speed, sessionThreads } = this.#hardware
    const threads = Math.max(1, sessionThreads)
    const publishes = { count: chats + votes, ms: cpu.publishMs / speed }
    const fanOut = [
      { count: chats, ms: (cpu.deliveryMs * here) / speed / threads },
      { count: joins, ms: cpu.joinMs / speed / threads },
    ]
    const overMs = overS * 1000
    if (sessionThreads > 0) return { main: streamOf([publishes], overMs), sessions: streamOf(fanOut, overMs) }
    const all = streamOf([publishes, ...fanOut], overMs)
    return { main: all, sessions: all }
  }

  addLatencies(ack: Mixture, delivery: Mixture): void {
    for (const group of grouped(this.minutes)) {
      const chats = sumOfAll(group, ({ chats }) => chats)
      const votes = sumOfAll(group, ({ votes }) => votes)
      if (chats + votes === 0) continue
      const overS = sumOfAll(group, ({ overS }) => overS)
      const here = sumOfAll(group, (minute) => minute.here * minute.overS) / overS
      const mean = { overS, here, chats, votes, pages: 0, joins: sumOfAll(group, ({ joins }) => joins) }
      const { main, sessions } = this.#streams(mean)
      const rate = (chats + votes) / (overS * 1000)
      const before = sumOf(waitAtServer(main), waitForCommit(rate, this.#commitMs).wait)
      const atPop = sumOf(sumOf(before, this.#commitMs), this.#afterMs)
      for (const { link, share, extra } of this.#links) {
        for (const [kind, count] of [
          ['chat', chats],
          ['vote', votes],
        ] as const) {
          const links = oneWayMs(link, frameBytes.publish[kind]) + oneWayMs(link, frameBytes.ack)
          for (const { value, weight } of extra.ack) ack.add(atPop, links + value, count * share * weight)
        }
      }
      const up = this.#links.flatMap(({ link, share, extra }) =>
        extra.up.map(({ value, weight }) => ({
          value: oneWayMs(link, frameBytes.publish.chat) + value,
          weight: weight * share,
        })),
      )
      const turn = sumOf(waitAtServer(sessions), this.#fanOut(here))
      const sent = sumOf(sumOf(sumOf(before, turn), this.#deliveryMs), up)
      for (const { link, share, extra } of this.#links) {
        for (const { value, weight } of extra.down) {
          delivery.add(sent, oneWayMs(link, frameBytes.message) + value, chats * here * share * weight)
        }
      }
    }
  }

  /** From the first of so many subscribers to any of them. */
  #fanOut(subscribers: number): Points {
    const { cpu, fanOutMs } = this.#input.calibration
    if (fanOutMs === undefined) return NOTHING
    const { speed, sessionThreads } = this.#hardware
    const allMs = (cpu.deliveryMs * subscribers) / speed / Math.max(1, sessionThreads)
    return pointsOf((p) => p * allMs)
  }

  addPages(page: Mixture): void {
    const { event, calibration } = this.#input
    const { html, images } = calibration.pageBytes
    const service = pointsOfTable(calibration.pageServiceMs)
    const pages = sumOfAll(this.minutes, (minute) => minute.pages)
    const slowerMs = Math.max(0, calibration.cpu.pageMs / this.#hardware.speed - calibration.cpu.pageMs)
    for (const { link, share, extra } of this.#links) {
      const linkMs = pageLinkMs(link, html, event.page.images, images * (link.imageScale ?? 1))
      for (const { value, weight } of extra.page)
        page.add(service, linkMs + slowerMs + value, pages * share * weight)
    }
  }

  drains(): Drain[] {
    return venueDrains(this.#input, this.#at)
  }

  /** Up to central. While an uplink is cut nothing is sent; what waited then goes in full batches. */
  uplinkBytes(): number {
    const { calibration, window, outages } = this.#input
    const own = outages.filter(({ venue }) => venue === this.venue)
    const cutS = own.reduce((sum, { startS, endS }) => sum + endS - startS, 0)
    const records = this.#upwards(this.minutes)
    const waited = own.reduce((sum, cut) => sum + this.#upwards(this.#during(cut)), 0)
    const batches = grouped(this.minutes).reduce((sum, group) => {
      const overMs = sumOfAll(group, ({ overS }) => overS) * 1000
      const rate = sumOfAll(group, ({ chats, votes }) => chats + votes) / overMs
      const share = rate === 0 ? 0 : this.#upwards(group) / overMs / rate
      return sum + waitForCommit(rate, this.#commitMs).commitsPerMs * overMs * share
    }, 0)
    const live = records === 0 ? 1 : 1 - waited / records
    const { batch, beat } = frameBytes.uplink
    return (
      records * calibration.uplinkBytesPerRecord +
      (batches * live + waited / UPLINK_DEFAULTS.batchRecords) * batch +
      (((window.endS - window.startS - cutS) * 1000) / UPLINK_DEFAULTS.beatEveryMs) * beat
    )
  }

  cpuMs(): number {
    const work = {
      overMs: sumOfAll(this.minutes, ({ overS }) => overS) * 1000,
      joins: sumOfAll(this.minutes, ({ joins }) => joins),
      publishes: sumOfAll(this.minutes, ({ chats, votes }) => chats + votes),
      deliveries: sumOfAll(this.minutes, ({ chats, here }) => chats * here),
      pages: sumOfAll(this.minutes, ({ pages }) => pages),
    }
    return cpuMsOf(this.#input.calibration.cpu, work) / this.#hardware.speed
  }

  #during({ startS, endS }: Pick<OutageWindow, 'startS' | 'endS'>): Minute[] {
    const { event, window } = this.#input
    return minutesOf(event, this.#at, { startS: window.startS + startS, endS: window.startS + endS })
  }

  /** Records that central gets. */
  #upwards(minutes: readonly Minute[]): number {
    const { chat, vote } = this.#goesUp
    return sumOfAll(minutes, ({ chats, votes }) => (chat ? chats : 0) + (vote ? votes : 0))
  }
}

/** Minutes of like publish rate together, the calm ones first. */
function grouped(minutes: readonly Minute[]): Minute[][] {
  const byLoad = minutes.toSorted((a, b) => loadOf(a) - loadOf(b))
  const size = Math.ceil(byLoad.length / GROUPS)
  return Array.from({ length: Math.ceil(byLoad.length / size) }, (_, i) =>
    byLoad.slice(i * size, (i + 1) * size),
  )
}

function loadOf({ chats, votes, overS }: Minute): number {
  return (chats + votes) / overS
}

function sumOfAll(minutes: readonly Minute[], of: (minute: Minute) => number): number {
  return minutes.reduce((sum, minute) => sum + of(minute), 0)
}
