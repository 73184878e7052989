// The connections of a PoP's process to central, as `UplinkClient` has them on sockets.
import type { Lane } from '../../runtime/protocol/lanes.ts'
import type { CentralUplinkFrame, UplinkHello } from '../../runtime/protocol/uplink.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import { batchFrame } from '../../runtime/queue/uplink-client.ts'
import type { PathEffect, UplinkInput } from '../../runtime/queue/uplink-options.ts'
import type { UplinkWire } from './central.ts'
import type { EventQueue } from './event-queue.ts'
import type { WireEnd } from './wire.ts'

export interface PopUplinkOptions {
  queue: EventQueue
  /** A connection by a path; null where it is refused. */
  connect: (path: number, end: WireEnd<CentralUplinkFrame>) => UplinkWire | null
  hello: () => UplinkHello
  read: (lane: Lane, first: number, count: number) => Promise<(LogRecord | null)[]>
  input: (input: UplinkInput) => void
  failed: (error: Error) => void
}

/** Of a handshake, or of being refused. */
const CONNECT_MS = 20

export class PopUplink {
  readonly #of: PopUplinkOptions
  readonly #wires = new Map<number, UplinkWire>()
  /** Batches of a connection leave in the order in which they were asked for. */
  readonly #sending = new Map<number, Promise<void>>()
  /** Of the newest attempt by each path. */
  readonly #attempts = new Map<number, number>()

  constructor(options: PopUplinkOptions) {
    this.#of = options
  }

  perform(effect: PathEffect): void {
    const { path } = effect
    switch (effect.do) {
      case 'connect':
        this.#connect(path)
        break
      case 'disconnect':
        this.#drop(path)
        break
      case 'hello':
        this.#wires.get(path)?.up(this.#of.hello())
        break
      case 'beat':
        this.#wires.get(path)?.up({ t: 'beat', n: effect.n })
        break
      case 'send':
        this.#send(effect)
    }
  }

  close(): void {
    for (const path of [...this.#wires.keys()]) this.#drop(path)
  }

  #connect(path: number): void {
    this.#drop(path)
    const attempt = (this.#attempts.get(path) ?? 0) + 1
    this.#attempts.set(path, attempt)
    this.#of.queue.after(CONNECT_MS, () => {
      if (this.#attempts.get(path) !== attempt) return
      const wire = this.#of.connect(path, {
        frame: (frame) => {
          if (wire && this.#wires.get(path) === wire) this.#frame(path, frame)
        },
        closed: () => {
          if (!wire || this.#wires.get(path) !== wire) return
          this.#wires.delete(path)
          this.#of.input({ is: 'closed', path })
        },
      })
      if (!wire) return this.#of.input({ is: 'closed', path })
      this.#wires.set(path, wire)
      this.#sending.set(path, Promise.resolve())
      this.#of.input({ is: 'opened', path })
    })
  }

  #send({ path, lane, first, count }: Extract<PathEffect, { do: 'send' }>): void {
    const wire = this.#wires.get(path)
    if (!wire) return
    const sent = (this.#sending.get(path) as Promise<void>).then(async () => {
      if (this.#wires.get(path) !== wire) return
      try {
        const records = await this.#of.read(lane, first, count)
        if (this.#wires.get(path) === wire) wire.up(batchFrame(lane, first, records))
      } catch (error) {
        // What another path has brought meanwhile may have left the log.
        if (!(error instanceof RangeError)) throw error
        wire.reset()
      }
    })
    this.#sending.set(path, sent.catch(this.#of.failed))
  }

  #frame(path: number, frame: CentralUplinkFrame): void {
    switch (frame.t) {
      case 'ready':
        this.#of.input({ is: 'ready', path, watermarks: frame.watermarks })
        break
      case 'applied':
        this.#of.input({ is: 'applied', path, lane: frame.lane, through: frame.through })
        break
      case 'gap':
        this.#of.input({ is: 'gap', path, lane: frame.lane, expected: frame.expected })
        break
      case 'beat':
        this.#of.input({ is: 'beat', path, n: frame.n })
        break
      case 'err':
        this.#of.input({ is: frame.code === 'MP_UPLINK_FENCED' ? 'fenced' : 'rewound', path })
    }
  }

  #drop(path: number): void {
    this.#attempts.set(path, (this.#attempts.get(path) ?? 0) + 1)
    const wire = this.#wires.get(path)
    this.#wires.delete(path)
    wire?.closeFromClient()
  }
}
