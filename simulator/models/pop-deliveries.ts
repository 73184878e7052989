// Messages that a PoP shows to its sessions: they wait for the threads that send them, and outlive a killed process.
import type { LogRecord } from '../../runtime/queue/record.ts'
import type { Calibration } from '../calibration/calibration.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import { Fifo } from '../engine/fifo.ts'
import type { Processor } from './processor.ts'

export interface PopDeliveriesOptions {
  clock: EventQueue
  processor: Processor
  calibration: Calibration
  /** How one subscriber follows another: as in the live runs, with their load generator, or by this machine's processor. */
  fanOut: 'measured' | 'processor'
  subscribers: () => number
  /**
   * A message leaves towards the first subscriber now, towards the last one `spreadMs` later; `extraMs` is what delivery
   * takes beyond the commit.
   */
  deliver: (record: LogRecord, extraMs: number, spreadMs: number) => void
}

interface Delivery {
  record: LogRecord
  extraMs: number
  spreadMs: number
}

export class PopDeliveries {
  readonly #of: PopDeliveriesOptions
  readonly #waiting = new Fifo<Delivery>()
  readonly #onTurn: number
  #isDown = false
  /** On disk, and not shown when the process was killed: clients ask for it when they come back. */
  #unshown: Delivery[] = []

  constructor(options: PopDeliveriesOptions) {
    this.#of = options
    this.#onTurn = options.clock.handler(() => {
      const delivery = this.#waiting.shift()
      if (this.#isDown) this.#unshown.push(delivery)
      else this.#show(delivery)
    })
  }

  push(record: LogRecord, extraMs: number): void {
    const { clock } = this.#of
    const { startMs, spreadMs } = this.#turn()
    const delivery = { record, extraMs, spreadMs }
    if (startMs === clock.nowMs) {
      this.#show(delivery)
      return
    }
    this.#waiting.push(delivery)
    clock.schedule(startMs, this.#onTurn)
  }

  kill(): void {
    this.#isDown = true
  }

  /** The process is there again. */
  revive(): void {
    this.#isDown = false
  }

  /** Clients that are back are shown what they missed. */
  showMissed(): void {
    for (const delivery of this.#unshown) this.#show(delivery)
    this.#unshown = []
  }

  #show({ record, extraMs, spreadMs }: Delivery): void {
    this.#of.deliver(record, extraMs, spreadMs)
  }

  /** When the first subscriber has its turn, and how long after it the last one. */
  #turn(): { startMs: number; spreadMs: number } {
    const { processor, calibration, fanOut } = this.#of
    const subscribers = this.#of.subscribers()
    const workMs = calibration.cpu.deliveryMs * subscribers
    const { fanOutMs } = calibration
    if (fanOutMs === undefined) return { startMs: processor.beginSessions(workMs), spreadMs: 0 }
    const { startMs, doneMs } = processor.startSessions(workMs)
    return { startMs, spreadMs: fanOut === 'measured' ? fanOutMs * subscribers : doneMs - startMs }
  }
}
