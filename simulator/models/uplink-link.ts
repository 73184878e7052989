// The link between a PoP and central: a transmitter of its rate in each direction, half a round trip, and cuts.
//
// A cut swallows what is sent and answers nothing; when the link returns, connections that lived through the cut
// are closed. A stall holds up what is sent while it lasts, and loses nothing. That is what the emulation does (Toxiproxy's `timeout` toxic) and what a NAT that forgot does.
import { InternalError } from '../../runtime/errors.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import { Fifo } from '../engine/fifo.ts'
import { Station } from '../engine/station.ts'
import type { LinkPlan } from '../workload/run-plan.ts'
import type { StallProcess } from './link-variation.ts'

export interface Connection {
  /** Delivers `bytes` to the other end, unless the link or the connection is gone by then. */
  toCentral: (bytes: number, arrived: () => void) => void
  toPop: (bytes: number, arrived: () => void) => void
  open: boolean
}

interface Frame {
  connection: Connection
  bytes: number
  arrived: () => void
}

/** One direction of the link. What was sent has arrived, was lost, or is on its way in the order in which it left. */
class Direction {
  readonly #clock: EventQueue
  readonly #plan: LinkPlan
  readonly #name: string
  readonly #isCut: () => boolean
  /** null: the link never stalls. */
  readonly #stalls: StallProcess | null
  readonly #transmitter: Station
  readonly #onItsWay = new Fifo<Frame>()
  readonly #onArrival: number
  sentBytes = 0
  #arrivedBytes = 0
  /** Sent or on its way while the link was cut or after its connection was gone. */
  #lostBytes = 0

  #lastArrivalMs = 0

  constructor(
    clock: EventQueue,
    plan: LinkPlan,
    name: string,
    isCut: () => boolean,
    stalls: StallProcess | null,
  ) {
    this.#clock = clock
    this.#plan = plan
    this.#name = name
    this.#isCut = isCut
    this.#stalls = stalls
    this.#transmitter = new Station(clock, 1, name)
    this.#onArrival = clock.handler(() => this.#arrive(this.#onItsWay.shift()))
    clock.invariant(() => this.#conserve())
  }

  send(frame: Frame): void {
    const { connection, bytes } = frame
    this.sentBytes += bytes
    if (this.#isCut() || !connection.open) {
      this.#lostBytes += bytes
      return
    }
    const sentMs = this.#transmitter.serve((bytes * 8000) / this.#plan.rateBps)
    this.#onItsWay.push(frame)
    this.#clock.schedule(this.#arrivalMs(sentMs), this.#onArrival)
  }

  /** A stream keeps its order: what is late holds up what comes behind it. */
  #arrivalMs(sentMs: number): number {
    if (this.#stalls === null) return sentMs + this.#plan.rttMs / 2
    const clearMs = this.#stalls.clearAtMs(sentMs, this.#clock.nowMs)
    // What is still to be sent waits behind what stands still.
    if (clearMs > sentMs) this.#transmitter.serve(clearMs - sentMs)
    const arrivesMs = clearMs + (this.#plan.rttMs + this.#stalls.extraRttMs()) / 2
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivesMs)
    return this.#lastArrivalMs
  }

  #arrive({ connection, bytes, arrived }: Frame): void {
    if (connection.open && !this.#isCut()) {
      this.#arrivedBytes += bytes
      arrived()
    } else this.#lostBytes += bytes
  }

  #conserve(): void {
    let onItsWay = 0
    for (const { bytes } of this.#onItsWay.slice(0, this.#onItsWay.size)) onItsWay += bytes
    // Sizes of frames are calibrated means, so not whole numbers.
    const apart = this.sentBytes - this.#arrivedBytes - this.#lostBytes - onItsWay
    if (Math.abs(apart) <= 1e-9 * Math.max(1, this.sentBytes)) return
    throw new InternalError(
      'MP_BYTES_LOST',
      `${this.#name}: ${this.sentBytes} bytes were sent, ${this.#arrivedBytes} arrived, ${this.#lostBytes} were lost ` +
        `in cuts and ${onItsWay} are on their way`,
    )
  }
}

export class UplinkLink {
  readonly #clock: EventQueue
  readonly #rttMs: number
  readonly #up: Direction
  readonly #down: Direction
  #cut = false
  #connection: Connection | null = null
  #closed: (() => void) | null = null

  /** `name` is for errors. */
  constructor(clock: EventQueue, plan: LinkPlan, name = 'the uplink', stalls: StallProcess | null = null) {
    this.#clock = clock
    this.#rttMs = plan.rttMs
    const isCut = () => this.#cut
    this.#up = new Direction(clock, plan, `${name}, up`, isCut, stalls)
    this.#down = new Direction(clock, plan, `${name}, down`, isCut, stalls)
  }

  /** Bytes handed to the link towards central, whether they arrived or not. */
  get sentBytes(): number {
    return this.#up.sentBytes
  }

  /** Starts a connection; `opened` follows a round trip later where the link is up. Replaces the one before. */
  connect(opened: () => void, closed: () => void): Connection {
    this.disconnect()
    const connection: Connection = {
      open: true,
      toCentral: (bytes, arrived) => this.#up.send({ connection, bytes, arrived }),
      toPop: (bytes, arrived) => this.#down.send({ connection, bytes, arrived }),
    }
    this.#connection = connection
    this.#closed = closed
    if (!this.#cut) {
      this.#clock.after(this.#rttMs, () => {
        if (connection.open && !this.#cut) opened()
      })
    }
    return connection
  }

  disconnect(): void {
    if (this.#connection) this.#connection.open = false
    this.#connection = null
    this.#closed = null
  }

  cut(): void {
    this.#cut = true
  }

  restore(): void {
    this.#cut = false
    const closed = this.#closed
    this.disconnect()
    closed?.()
  }
}
