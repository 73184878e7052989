// The way of a venue's attendees to central where there is no PoP: one connection's worth of frames over the venue's
// uplink, which all of them share in both directions. A second uplink takes over while the first is cut.
import type { LinkTarget } from '../../infra/event/event.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import { type Connection, UplinkLink } from '../models/uplink-link.ts'
import type { LinkPlan } from '../workload/run-plan.ts'

/** Of attendees who reach central over nothing that they share. */
const NOTHING_SHARED: LinkPlan = { rateBps: Number.POSITIVE_INFINITY, rttMs: 0 }

export interface VenueRouterOptions {
  clock: EventQueue
  name: string
  uplink: LinkPlan
  backupUplink: LinkPlan | null
  /** All sockets across it are gone. */
  lost: () => void
  /** New sockets can be opened. */
  opened: () => void
}

interface Uplink {
  target: LinkTarget
  plan: LinkPlan
  link: UplinkLink
  isCut: boolean
}

export class VenueRouter {
  readonly #of: VenueRouterOptions
  readonly #uplinks: Uplink[]
  /** All there have been. */
  readonly #links: UplinkLink[] = []
  #current: Uplink
  #connection: Connection | null = null
  #opened = false

  constructor(options: VenueRouterOptions) {
    this.#of = options
    const { uplink, backupUplink } = options
    const of = (target: LinkTarget, plan: LinkPlan): Uplink => {
      return { target, plan, link: this.#newLink(target, plan), isCut: false }
    }
    const first = of('uplink', uplink)
    this.#uplinks = backupUplink ? [first, of('backup-uplink', backupUplink)] : [first]
    this.#current = first
    this.#connect(first)
  }

  /** For attendees who come from outside the venue: no rate, no delay but their access link's. */
  static ofOutside(options: Pick<VenueRouterOptions, 'clock' | 'name' | 'lost' | 'opened'>): VenueRouter {
    return new VenueRouter({ ...options, uplink: NOTHING_SHARED, backupUplink: null })
  }

  get rttMs(): number {
    return this.#current.plan.rttMs
  }

  /** ms for `bytes` to leave on the uplink in use. */
  transmitMs(bytes: number): number {
    return (bytes * 8000) / this.#current.plan.rateBps
  }

  /** Sockets can be opened; false also while a cut is on. */
  get isOpen(): boolean {
    return this.#opened && !this.#current.isCut
  }

  get sentBytes(): number {
    return this.#links.reduce((sum, { sentBytes }) => sum + sentBytes, 0)
  }

  toCentral(bytes: number, arrived: () => void): void {
    this.#connection?.toCentral(bytes, arrived)
  }

  toAttendees(bytes: number, arrived: () => void): void {
    this.#connection?.toPop(bytes, arrived)
  }

  cut(target: LinkTarget): void {
    const uplink = this.#uplinkOf(target)
    uplink.isCut = true
    uplink.link.cut()
    this.#useBest()
  }

  restore(target: LinkTarget): void {
    const uplink = this.#uplinkOf(target)
    uplink.isCut = false
    const before = uplink.link
    // What had queued up for it is gone with the sockets: the new ones find it empty.
    uplink.link = this.#newLink(target, uplink.plan)
    // Closes the connection that lived through the cut, where it is the one in use.
    before.restore()
    this.#useBest()
  }

  #newLink(target: LinkTarget, plan: LinkPlan): UplinkLink {
    const link = new UplinkLink(this.#of.clock, plan, `${this.#of.name} without a PoP, ${target}`)
    this.#links.push(link)
    return link
  }

  #uplinkOf(target: LinkTarget): Uplink {
    const uplink = this.#uplinks.find((of) => of.target === target)
    if (!uplink) throw new Error(`${this.#of.name} has no ${target}`)
    return uplink
  }

  #useBest(): void {
    const best = this.#uplinks.find(({ isCut }) => !isCut)
    if (best === undefined || best === this.#current) return
    this.#current.link.disconnect()
    this.#lose(best)
  }

  #lose(next: Uplink): void {
    this.#connection = null
    this.#opened = false
    this.#of.lost()
    this.#connect(next)
  }

  #connect(uplink: Uplink): void {
    this.#current = uplink
    this.#connection = uplink.link.connect(
      () => {
        this.#opened = true
        this.#of.opened()
      },
      () => this.#lose(uplink),
    )
  }
}
