// Publishes for who operates the show on the PoP's own machine, and answers once that is on the disk.
import type { Denial } from '../broker/part.ts'
import type { PopCore } from '../broker/pop-core.ts'
import type { PopEffect } from '../broker/pop-io.ts'
import type { LogRecord } from '../queue/record.ts'

/** Publishes that wait for the disk, at most. */
const WAITING_MAX = 100
/** Of a frame around the body, about. */
const FRAME_BYTES = 120

export type Published = { off: number } | { denied: Denial }

export interface ShowDeskOptions {
  core: Pick<PopCore, 'publish' | 'acked' | 'epoch'>
  perform: (effects: readonly PopEffect[]) => void
  /** ms since the Unix epoch. */
  wallMs: () => number
}

export class ShowDesk {
  readonly #options: ShowDeskOptions
  readonly #waiting = new Map<number, (published: Published) => void>()
  #seq = 0

  constructor(options: ShowDeskOptions) {
    this.#options = options
  }

  /** Resolves with the offset once it is on the disk, or with why it is refused. */
  publish(ch: string, body: unknown): Promise<Published> {
    const { core, perform, wallMs } = this.#options
    if (this.#waiting.size >= WAITING_MAX)
      return Promise.resolve({ denied: { code: 'MP_OVERLOADED', why: 'the disk is behind' } })
    const client = this.#client
    // A number that was refused is used again: a hole would block the lane.
    const seq = Math.max(this.#seq, core.acked(client).control ?? 0) + 1
    const bytes = JSON.stringify(body).length + FRAME_BYTES
    const t = wallMs()
    const effects = core.publish({ client, lane: 'control', seq, ch, at: t, t, ack: 'disk', body, bytes })
    const refusal = effects.find((effect) => effect.do === 'refuse' && effect.client === client)
    if (refusal?.do === 'refuse') {
      perform(effects.filter((effect) => effect !== refusal))
      return Promise.resolve({ denied: { code: refusal.code, why: refusal.why } })
    }
    this.#seq = seq
    return new Promise((resolve) => {
      this.#waiting.set(seq, resolve)
      perform(effects)
    })
  }

  /** Tell it of every record that is delivered. */
  delivered({ client, seq, off }: LogRecord): void {
    if (client !== this.#client) return
    this.#waiting.get(seq)?.({ off })
    this.#waiting.delete(seq)
  }

  /** One for each log, as for all that the PoP itself publishes: numbers then never come twice. */
  get #client(): string {
    return `@admin-${this.#options.core.epoch}`
  }
}
