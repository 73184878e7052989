// A window of the show by queueing formulas: the twin's figures in some milliseconds.
import type { EventSpec } from '../../infra/event/event.ts'
import { UPLINK_DEFAULTS } from '../../runtime/queue/uplink-options.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { cpuMsOf } from '../calibration/cpu-cost.ts'
import { oneWayMs, pageLinkMs, serializationMs } from '../calibration/link-time.ts'
import { type Hardware, hardwareOf } from '../models/hardware.ts'
import type { FigureId, OutageWindow } from '../run-result.ts'
import type { Topology, VenueTopology } from '../topology.ts'
import { popConfigOf } from '../twin-config.ts'
import { type AccessTier, accessTiers } from '../workload/access-tiers.ts'
import { frameBytes } from '../workload/frames.ts'
import { goesUp } from '../workload/goes-up.ts'
import { refuseOutside } from './compared-range.ts'
import { type Minute, minutesOf } from './minutes.ts'
import { Mixture, type Points, pointsOfTable, sumOf } from './mixture.ts'
import { drainOf } from './outage-drain.ts'
import { streamOf, utilisation, waitAtServer, waitForCommit } from './waits.ts'

export interface SurrogateRun {
  /** By id; null: nothing to tell it from. */
  figures: Partial<Record<FigureId | 'cpu', number | null>>
  /** Share of the busiest minute in which the main thread, and the threads of sessions, of each PoP are busy. */
  busiest: { venue: string; main: number; sessions: number }[]
}

export interface SurrogateInput {
  event: EventSpec
  topology: Topology
  calibration: Calibration
  /** Seconds after the start of a day of the show. */
  window: { startS: number; endS: number }
  /** Relative to the window's start. */
  outages: readonly OutageWindow[]
}

const PS = [0.5, 0.95, 0.99]
/** Minutes of like load are taken together. */
const GROUPS = 6

/** Errors: MP_SURROGATE_RANGE where the twin was never compared with it. */
export function surrogateRun(input: SurrogateInput): SurrogateRun {
  const venues = input.topology.venues.map((venue) => new VenueFormulas(input, venue))
  refuseOutside({
    sessions: Math.max(...venues.flatMap(({ minutes }) => minutes.map(({ here }) => here))),
    busy: Math.max(...venues.flatMap(({ busiest }) => [busiest.main, busiest.sessions])),
    outageS: Math.max(0, ...input.outages.map(({ startS, endS }) => endS - startS)),
  })
  const ack = new Mixture()
  const delivery = new Mixture()
  const page = new Mixture()
  for (const venue of venues) {
    venue.addLatencies(ack, delivery)
    venue.addPages(page)
  }
  const drains = venues.flatMap((venue) => venue.drains())
  const quantiles = (mixture: Mixture, ps: readonly number[]) =>
    mixture.empty ? ps.map(() => null) : mixture.quantiles(ps)
  const [ack50, ack95, ack99] = quantiles(ack, PS)
  const [delivery50, delivery95, delivery99] = quantiles(delivery, PS)
  const [page50, page95] = quantiles(page, [0.5, 0.95])
  const sum = (of: (venue: VenueFormulas) => number) => venues.reduce((total, venue) => total + of(venue), 0)
  return {
    figures: {
      'ack-p50': ack50,
      'ack-p95': ack95,
      'ack-p99': ack99,
      'delivery-p50': delivery50,
      'delivery-p95': delivery95,
      'delivery-p99': delivery99,
      'page-p50': page50,
      'page-p95': page95,
      // What is known of a second is its end: half a second later in the mean.
      recovery:
        drains.length === 0 ? null : Math.max(...drains.map(({ recoveryMs }) => recoveryMs)) / 1000 + 0.5,
      'backlog-peak': drains.length === 0 ? null : drains.reduce((total, { backlog }) => total + backlog, 0),
      'uplink-bytes': sum((venue) => venue.uplinkBytes()),
      cpu: sum((venue) => venue.cpuMs()),
    },
    busiest: venues.map(({ venue, busiest }) => ({ venue, ...busiest })),
  }
}

export class VenueFormulas {
  readonly venue: string
  readonly #input: SurrogateInput
  readonly #at: VenueTopology
  readonly #hardware: Hardware
  readonly #tiers: AccessTier[]
  readonly minutes: readonly Minute[]
  readonly #goesUp: ReturnType<typeof goesUp>
  readonly #ackMs: Points
  readonly #deliveryMs: Points
  busiest = { main: 0, sessions: 0 }

  constructor(input: SurrogateInput, at: VenueTopology) {
    const { event, calibration, window } = input
    this.venue = at.venue
    this.#input = input
    this.#at = at
    this.#hardware = hardwareOf(at, calibration, popConfigOf(at), event.setupS + window.startS)
    this.#tiers = accessTiers(event, at)
    this.minutes = minutesOf(event, at, window)
    this.#goesUp = goesUp(event.channels)
    this.#ackMs = pointsOfTable(calibration.ackServiceMs)
    this.#deliveryMs = pointsOfTable(calibration.deliveryServiceMs)
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
      const before = sumOf(waitAtServer(main), waitForCommit(rate, this.#ackMs).wait)
      const atPop = sumOf(before, this.#ackMs)
      for (const { link, share } of this.#tiers) {
        for (const [kind, count] of [
          ['chat', chats],
          ['vote', votes],
        ] as const) {
          const links = oneWayMs(link, frameBytes.publish[kind]) + oneWayMs(link, frameBytes.ack)
          ack.add(atPop, links, count * share)
        }
      }
      const up = this.#tiers.map(({ link, share }) => ({
        value: oneWayMs(link, frameBytes.publish.chat),
        weight: share,
      }))
      const sent = sumOf(sumOf(sumOf(before, waitAtServer(sessions)), this.#deliveryMs), up)
      for (const { link, share } of this.#tiers) {
        delivery.add(sent, oneWayMs(link, frameBytes.message), chats * here * share)
      }
    }
  }

  addPages(page: Mixture): void {
    const { event, calibration } = this.#input
    const { html, images } = calibration.pageBytes
    const service = pointsOfTable(calibration.pageServiceMs)
    const pages = sumOfAll(this.minutes, (minute) => minute.pages)
    const slowerMs = Math.max(0, calibration.cpu.pageMs / this.#hardware.speed - calibration.cpu.pageMs)
    for (const { link, share } of this.#tiers) {
      page.add(service, pageLinkMs(link, html, event.page.images, images) + slowerMs, pages * share)
    }
  }

  drains() {
    const { outages, calibration, window } = this.#input
    const { uplink, backupUplink } = this.#at
    const own = outages.filter(({ venue }) => venue === this.venue)
    // With a second uplink nothing waits, for as long as that one is not cut too.
    if (backupUplink && own.every(({ target }) => target === own[0]?.target)) return []
    const recordMs = serializationMs(calibration.uplinkBytesPerRecord, uplink.rateBps)
    const batchMs = mean(pointsOfTable(calibration.applyMs))
    const drainRate = Math.min(1 / recordMs, UPLINK_DEFAULTS.batchRecords / batchMs)
    return own.map(({ startS, endS }) => {
      const during = minutesOf(this.#input.event, this.#at, {
        startS: window.startS + startS,
        endS: window.startS + endS,
      })
      const outageMs = (endS - startS) * 1000
      const rate = this.#upwards(during) / outageMs
      return drainOf({ outageMs, rate, drainRate, rttMs: uplink.rttMs })
    })
  }

  uplinkBytes(): number {
    const { calibration, window } = this.#input
    const records = this.#upwards(this.minutes)
    const batches = grouped(this.minutes).reduce((sum, group) => {
      const overMs = sumOfAll(group, ({ overS }) => overS) * 1000
      const rate = sumOfAll(group, ({ chats, votes }) => chats + votes) / overMs
      const upwards = this.#upwards(group) / overMs
      const share = rate === 0 ? 0 : upwards / rate
      return sum + waitForCommit(rate, this.#ackMs).commitsPerMs * overMs * share
    }, 0)
    const beats = ((window.endS - window.startS) * 1000) / UPLINK_DEFAULTS.beatEveryMs
    const { batch, beat } = frameBytes.uplink
    return records * calibration.uplinkBytesPerRecord + batches * batch + beats * beat
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

function mean(points: Points): number {
  return points.reduce((sum, { value, weight }) => sum + value * weight, 0)
}
