// What session threads and the core tell each other: once per tick, in order, as plain objects.
import type { AggregateValue } from '../protocol/filter.ts'
import type { Durability, Lane } from '../protocol/lanes.ts'
import type { Hello, PopFrame } from '../protocol/session.ts'
import type { QueryDefinition } from '../queries/queries.ts'
import type { Delivery } from './message-frames.ts'
import type { Denial } from './part.ts'
import type { PublishInput } from './pop-io.ts'
import type { Claim } from './tokens.ts'

/** `session`: a number that the thread gives to each of its sessions once. */
export type ToCore =
  | { do: 'hello'; session: number; client: string; from: Hello['from'] }
  | { do: 'gone'; session: number }
  | { do: 'publish'; publish: PublishInput }
  | { do: 'joined' | 'left'; session: number; ch: string }
  /** The first session of this thread asks, or the last one asks no more. `key`: `queryKey`. */
  | { do: 'query'; key: string; query: QueryDefinition }
  | { do: 'unquery'; key: string }
  /** Answers the same: what the history has of the channel, oldest first. */
  | { do: 'past'; key: string; opening: number; messages: Delivery[] }
  /** The first use of a token; answered with the same number. */
  | { do: 'claim'; claim: number; id: string; expiresAtMs: number }

export type FromCore =
  | { do: 'welcome'; session: number; acked: Partial<Record<Lane, number>> }
  /** The client has another session now. */
  | { do: 'replace'; session: number }
  /** All of the lane from `from` to `seq`. */
  | { do: 'ack'; client: string; lane: Lane; from: number; seq: number; durable: Durability }
  | { do: 'deliver'; delivery: Delivery }
  | { do: 'tell'; ch: string; frame: PopFrame }
  | { do: 'tell-client'; client: string; frame: PopFrame }
  | { do: 'result'; key: string; value: AggregateValue }
  | { do: 'query-refused'; key: string; denial: Denial }
  /** A query begins: what of the channel was delivered before this? `opening`: of all queries, counted. */
  | { do: 'past'; key: string; opening: number; ch: string }
  | { do: 'claimed'; claim: number; as: Claim }
  /** No new sessions; the nth one here is to be gone `firstMs` + n × `stepMs` from now. */
  | { do: 'drain'; firstMs: number; stepMs: number }

/** Collects what is told in one tick and hands it over at its end. */
export class TickBatch<T> {
  #items: T[] = []
  readonly #soon: (act: () => void) => void
  readonly #send: (items: T[]) => void

  /** `soon`: calls once the events at hand have been handled. */
  constructor(soon: (act: () => void) => void, send: (items: T[]) => void) {
    this.#soon = soon
    this.#send = send
  }

  /** The newest item of this tick. */
  get last(): T | undefined {
    return this.#items.at(-1)
  }

  push(item: T): void {
    if (this.#items.push(item) === 1) this.#soon(() => this.flush())
  }

  flush(): void {
    if (this.#items.length === 0) return
    const items = this.#items
    this.#items = []
    this.#send(items)
  }
}
