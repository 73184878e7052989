// What one attendee does in a session, drawn point by point while it is read: actions and lost sockets.

import { exponential, type Random, stream } from '../engine/random.ts'
import { DROP_EVERY_MS } from '../models/attendee-client.ts'
import type { Action, ActionKind } from './run-plan.ts'

const KINDS = ['chat', 'vote', 'page'] satisfies ActionKind[]

/** A part of the run of show in which an attendee acts at one rate a kind. ms after the run's start. */
export interface Stretch {
  startMs: number
  endMs: number
  /** Actions a minute. */
  perMinute: Readonly<Record<ActionKind, number>>
}

interface Draws {
  seed: number
  client: string
  fromMs: number
  untilMs: number
}

/** The same points at each reading, and no memory for those that were read. */
class Redrawn<T> implements Iterable<T> {
  readonly #draw: () => Iterator<T>

  constructor(draw: () => Iterator<T>) {
    this.#draw = draw
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#draw()
  }

  toJSON(): T[] {
    return [...this]
  }
}

interface ActionDrawsOptions extends Draws {
  stretches: readonly Stretch[]
  /** A page before all others; null for none. */
  pageAtMs: number | null
}

/**
 * Poisson processes of each kind, constant within a stretch. Each kind has a stream of its own: another rate of one
 * leaves the others where they were.
 */
export function actionsOf(of: ActionDrawsOptions): Iterable<Action> {
  return new Redrawn(() => new ActionDraws(of))
}

/** Points drawn at once: a session that has been quiet finds its streams far from the processor. */
const AHEAD = 16

class ActionDraws implements Iterator<Action> {
  readonly #of: ActionDrawsOptions
  readonly #randoms: readonly Random[]
  readonly #gapMs = new Float64Array(KINDS.length)
  /** Of each kind within the stretch. */
  readonly #nextMs = new Float64Array(KINDS.length).fill(Number.POSITIVE_INFINITY)
  #stretch = -1
  #untilMs = 0
  /** Drawn and not read yet: from `#read` to before `#drawn`. */
  readonly #atMs = new Float64Array(AHEAD)
  readonly #kind = new Uint8Array(AHEAD)
  #drawn = 0
  #read = 0

  constructor(of: ActionDrawsOptions) {
    this.#of = of
    this.#randoms = KINDS.map((kind) => stream(of.seed, kind, of.client))
    if (of.pageAtMs !== null) this.#add(of.pageAtMs, KINDS.indexOf('page'))
  }

  next(): IteratorResult<Action> {
    if (this.#read === this.#drawn) this.#drawAhead()
    if (this.#read === this.#drawn) return { done: true, value: undefined }
    const [atMs, kind] = [this.#atMs[this.#read] as number, KINDS[this.#kind[this.#read] as number]]
    this.#read++
    return { done: false, value: { atMs, kind: kind as ActionKind } }
  }

  #drawAhead(): void {
    this.#read = 0
    this.#drawn = 0
    while (this.#drawn < AHEAD) {
      const first = this.#first()
      const atMs = this.#nextMs[first] as number
      if (atMs < this.#untilMs) {
        this.#nextMs[first] = atMs + this.#gap(first)
        this.#add(atMs, first)
      } else if (!this.#beginStretch()) return
    }
  }

  #add(atMs: number, kind: number): void {
    this.#atMs[this.#drawn] = atMs
    this.#kind[this.#drawn] = kind
    this.#drawn++
  }

  #first(): number {
    let first = 0
    for (let kind = 1; kind < KINDS.length; kind++) {
      if ((this.#nextMs[kind] as number) < (this.#nextMs[first] as number)) first = kind
    }
    return first
  }

  /** Goes on to the next stretch; false where there is none. */
  #beginStretch(): boolean {
    const { stretches, fromMs, untilMs } = this.#of
    const stretch = stretches[++this.#stretch]
    if (stretch === undefined) return false
    this.#untilMs = Math.min(untilMs, stretch.endMs)
    for (const [kind, name] of KINDS.entries()) {
      this.#gapMs[kind] = 60_000 / stretch.perMinute[name]
      this.#nextMs[kind] = Math.max(fromMs, stretch.startMs) + this.#gap(kind)
    }
    return true
  }

  /** A kind that does not happen draws nothing. */
  #gap(kind: number): number {
    const meanMs = this.#gapMs[kind] as number
    return meanMs === Number.POSITIVE_INFINITY ? meanMs : exponential(this.#randoms[kind] as Random, meanMs)
  }
}

export function dropsOf(of: Draws): Iterable<number> {
  return new Redrawn(() => drawDrops(of))
}

function* drawDrops({ seed, client, fromMs, untilMs }: Draws): Generator<number> {
  const random = stream(seed, 'drops', client)
  let atMs = fromMs + exponential(random, DROP_EVERY_MS)
  while (atMs < untilMs) {
    yield atMs
    atMs += exponential(random, DROP_EVERY_MS)
  }
}
