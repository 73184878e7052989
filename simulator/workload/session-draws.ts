// What one attendee does in a session, drawn point by point while it is read: actions and lost sockets.

import { exponential, type Random, stream } from '../engine/random.ts'
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

/** Reads actions one by one. What `advance` returns is as it says until `advance` is called again; null: no more. */
export interface ActionCursor {
  advance: () => Action | null
}

/** A cursor at the beginning; over actions that are drawn while they are read, it allocates nothing for each. */
export function cursorOf(actions: Iterable<Action>): ActionCursor {
  const iterator = actions[Symbol.iterator]()
  if (iterator instanceof ActionDraws) return iterator
  return { advance: () => iterator.next().value ?? null }
}

/** Points drawn at once: a session that has been quiet finds its streams far from the processor. */
const AHEAD = 16
/** Where things lie in the numbers of a session. Of each kind: when it comes next within the stretch, and its mean gap, ms. */
const NEXT_MS = 0
const GAP_MS = NEXT_MS + KINDS.length
/** Of each point drawn ahead: when it is, ms, and which kind. */
const AT_MS = GAP_MS + KINDS.length
const KIND = AT_MS + AHEAD
const NUMBERS = KIND + AHEAD

class ActionDraws implements Iterator<Action>, ActionCursor {
  readonly #of: ActionDrawsOptions
  readonly #randoms: readonly Random[]
  /** One array of doubles, so that a session is found in one place: a typed array would have two more and larger. */
  readonly #numbers = new Array<number>(NUMBERS).fill(Number.POSITIVE_INFINITY)
  readonly #current: Action = { atMs: Number.NaN, kind: 'page' }
  #stretch = -1
  #untilMs = 0
  /** Drawn and not read yet: from `#read` to before `#drawn`. */
  #drawn = 0
  #read = 0

  constructor(of: ActionDrawsOptions) {
    this.#of = of
    this.#randoms = KINDS.map((kind) => stream(of.seed, kind, of.client))
    if (of.pageAtMs !== null) this.#add(of.pageAtMs, KINDS.indexOf('page'))
  }

  next(): IteratorResult<Action> {
    const action = this.advance()
    return action === null ? { done: true, value: undefined } : { done: false, value: { ...action } }
  }

  advance(): Action | null {
    if (this.#read === this.#drawn) this.#drawAhead()
    if (this.#read === this.#drawn) return null
    const current = this.#current
    current.atMs = this.#numbers[AT_MS + this.#read] as number
    current.kind = KINDS[this.#numbers[KIND + this.#read] as number] as ActionKind
    this.#read++
    return current
  }

  #drawAhead(): void {
    this.#read = 0
    this.#drawn = 0
    while (this.#drawn < AHEAD) {
      const first = this.#first()
      const atMs = this.#numbers[NEXT_MS + first] as number
      if (atMs < this.#untilMs) {
        this.#numbers[NEXT_MS + first] = atMs + this.#gap(first)
        this.#add(atMs, first)
      } else if (!this.#beginStretch()) return
    }
  }

  #add(atMs: number, kind: number): void {
    this.#numbers[AT_MS + this.#drawn] = atMs
    this.#numbers[KIND + this.#drawn] = kind
    this.#drawn++
  }

  #first(): number {
    const numbers = this.#numbers
    let first = 0
    for (let kind = 1; kind < KINDS.length; kind++) {
      if ((numbers[NEXT_MS + kind] as number) < (numbers[NEXT_MS + first] as number)) first = kind
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
      this.#numbers[GAP_MS + kind] = 60_000 / stretch.perMinute[name]
      this.#numbers[NEXT_MS + kind] = Math.max(fromMs, stretch.startMs) + this.#gap(kind)
    }
    return true
  }

  /** A kind that does not happen draws nothing. */
  #gap(kind: number): number {
    const meanMs = this.#numbers[GAP_MS + kind] as number
    return meanMs === Number.POSITIVE_INFINITY ? meanMs : exponential(this.#randoms[kind] as Random, meanMs)
  }
}

/** `everyMs`: mean time from one lost socket to the next. */
export function dropsOf(of: Draws, everyMs: number): Iterable<number> {
  return new Redrawn(() => drawDrops(of, everyMs))
}

function* drawDrops({ seed, client, fromMs, untilMs }: Draws, everyMs: number): Generator<number> {
  const random = stream(seed, 'drops', client)
  let atMs = fromMs + exponential(random, everyMs)
  while (atMs < untilMs) {
    yield atMs
    atMs += exponential(random, everyMs)
  }
}
