// Little's law (Little, "A proof for the queuing formula L = λW", 1961) on one line of a queue: the time integral of the
// number in it, from arrivals and departures in their order, is the sum of the times that they spent in it.
import { InternalError } from '../../runtime/errors.ts'
import { Fifo } from './fifo.ts'

/** Relative: the two sums round apart over many millions of terms. */
const ROUNDING = 1e-6

/** Those who come to it leave in the order in which they came. */
export class LittleLine {
  readonly #name: string
  /** When those leave who are here, the one being served included. */
  readonly #departures = new Fifo<number>()
  /** Up to here the number is integrated. */
  #passedMs = 0
  #arrivals = 0
  #sojournMs = 0
  #integralMs = 0

  /** `name` is for the error. */
  constructor(name: string) {
    this.#name = name
  }

  /** Comes now, and is done at `doneMs`. */
  add(nowMs: number, doneMs: number): void {
    this.#pass(nowMs)
    this.#departures.push(doneMs)
    this.#sojournMs += doneMs - nowMs
    this.#arrivals++
  }

  /** Throws InternalError where the law does not hold up to now. */
  check(nowMs: number): void {
    this.#pass(nowMs)
    let sojournMs = this.#sojournMs
    // Whoever is still here has spent the time until now.
    for (const doneMs of this.#departures.slice(0, this.#departures.size)) sojournMs -= doneMs - nowMs
    if (Math.abs(sojournMs - this.#integralMs) <= ROUNDING * Math.max(1, this.#sojournMs)) return
    throw new InternalError(
      'MP_LITTLE',
      `${this.#name} breaks Little's law at ${nowMs} ms: ∫ number dt is ${this.#integralMs} ms, and its ` +
        `${this.#arrivals} arrivals spent ${sojournMs} ms in it`,
    )
  }

  /** Integrates the number up to `nowMs`, stepping down at each departure. */
  #pass(nowMs: number): void {
    const departures = this.#departures
    for (let at = departures.at(0); at !== undefined && at <= nowMs; at = departures.at(0)) {
      this.#integralMs += departures.size * (at - this.#passedMs)
      this.#passedMs = at
      departures.shift()
    }
    this.#integralMs += departures.size * (nowMs - this.#passedMs)
    this.#passedMs = nowMs
  }
}
