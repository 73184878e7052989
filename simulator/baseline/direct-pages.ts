// Pages with their images where there is no PoP: fetched from central, a frame for the page and one for each image.
import type { Calibration } from '../calibration/calibration.ts'
import { PAGE_CONNECTIONS, serializationMs } from '../calibration/link-time.ts'
import { quantile } from '../calibration/quantile-table.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import type { Random } from '../engine/random.ts'
import { PAGE_FAILED_MS } from '../models/attendee-client.ts'
import type { Recording } from '../recording.ts'
import type { AccessLink } from '../workload/run-plan.ts'
import type { VenueRouter } from './venue-router.ts'

/** A request that takes longer has failed: as in the live load. */
const REQUEST_TIMEOUT_MS = 10_000

interface Page {
  atMs: number
  imagesLeft: number
}

export interface DirectPagesOptions {
  clock: EventQueue
  recording: Recording
  router: VenueRouter
  access: AccessLink
  images: number
  calibration: Calibration
  random: Random
}

export class DirectPages {
  readonly #of: DirectPagesOptions
  readonly #loading = new Set<Page>()
  bytes = 0

  constructor(options: DirectPagesOptions) {
    this.#of = options
  }

  /** Of all images of a page. */
  get #imageBytes(): number {
    const { access, calibration } = this.#of
    return calibration.pageBytes.images * (access.imageScale ?? 1)
  }

  /** Asked for now; during a cut in vain. */
  load(atMs: number): void {
    const { clock, router, access, images, calibration } = this.#of
    const page = { atMs, imagesLeft: images }
    if (!router.isOpen) {
      this.#failed(page)
      return
    }
    this.#loading.add(page)
    const rounds = 1 + Math.ceil(images / PAGE_CONNECTIONS)
    // Rounds cost what access link and uplink take; half a round trip of the uplink comes with each frame.
    const requestMs = rounds * (access.rttMs + router.rttMs) - router.rttMs
    clock.after(requestMs, () => {
      if (this.#loading.has(page)) this.#fetch(calibration.pageBytes.html, () => this.#gotPage(page))
    })
  }

  /** The sockets are gone, and so is what was loading. */
  lost(): void {
    for (const page of this.#loading) this.#failed(page)
  }

  #gotPage(page: Page): void {
    const { clock, images } = this.#of
    if (!this.#loading.has(page)) return
    if (clock.nowMs - page.atMs > REQUEST_TIMEOUT_MS) this.#failed(page)
    else if (images === 0) this.#loaded(page)
    else for (let i = 0; i < images; i++) this.#fetch(this.#imageBytes / images, () => this.#gotImage(page))
  }

  #gotImage(page: Page): void {
    page.imagesLeft--
    if (page.imagesLeft === 0 && this.#loading.has(page)) this.#loaded(page)
  }

  #loaded(page: Page): void {
    const { clock, recording, access, calibration, random } = this.#of
    this.#loading.delete(page)
    const lastMs =
      serializationMs(calibration.pageBytes.html + this.#imageBytes, access.rateBps) +
      quantile(calibration.pageServiceMs, random())
    recording.latency('page', page.atMs, Math.min(PAGE_FAILED_MS, clock.nowMs + lastMs - page.atMs))
  }

  #failed(page: Page): void {
    this.#loading.delete(page)
    this.#of.recording.latency('page', page.atMs, PAGE_FAILED_MS)
  }

  #fetch(bytes: number, arrived: () => void): void {
    this.bytes += bytes
    this.#of.router.toAttendees(bytes, arrived)
  }
}
