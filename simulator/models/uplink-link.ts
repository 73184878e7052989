// The link between a PoP and central: a transmitter of its rate in each direction, half a round trip, and cuts.
//
// A cut swallows what is sent and answers nothing; when the link returns, connections that lived through the cut
// are closed. That is what the emulation does (Toxiproxy's `timeout` toxic) and what a NAT that forgot does.
import type { EventQueue } from '../engine/event-queue.ts'
import { Station } from '../engine/station.ts'
import type { LinkPlan } from '../workload/run-plan.ts'

export interface Connection {
  /** Delivers `bytes` to the other end, unless the link or the connection is gone by then. */
  toCentral: (bytes: number, arrived: () => void) => void
  toPop: (bytes: number, arrived: () => void) => void
  open: boolean
}

export class UplinkLink {
  readonly #clock: EventQueue
  readonly #rateBps: number
  readonly #rttMs: number
  readonly #up: Station
  readonly #down: Station
  #cut = false
  #connection: Connection | null = null
  #closed: (() => void) | null = null
  /** Bytes handed to the link towards central, whether they arrived or not. */
  sentBytes = 0

  constructor(clock: EventQueue, { rateBps, rttMs }: LinkPlan) {
    this.#clock = clock
    this.#rateBps = rateBps
    this.#rttMs = rttMs
    this.#up = new Station(clock)
    this.#down = new Station(clock)
  }

  /** Starts a connection; `opened` follows a round trip later where the link is up. Replaces the one before. */
  connect(opened: () => void, closed: () => void): Connection {
    this.disconnect()
    const connection: Connection = {
      open: true,
      toCentral: (bytes, arrived) => {
        this.sentBytes += bytes
        this.#carry(connection, this.#up, bytes, arrived)
      },
      toPop: (bytes, arrived) => this.#carry(connection, this.#down, bytes, arrived),
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

  #carry(connection: Connection, transmitter: Station, bytes: number, arrived: () => void): void {
    if (this.#cut || !connection.open) return
    const sentMs = transmitter.serve((bytes * 8000) / this.#rateBps)
    this.#clock.at(sentMs + this.#rttMs / 2, () => {
      if (connection.open && !this.#cut) arrived()
    })
  }
}
