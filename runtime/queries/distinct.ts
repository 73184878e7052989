// How many different values a field has had, estimated in 4 KiB: HyperLogLog with 4,096 registers. Sources: Flajolet,
// Fusy, Gandouet, Meunier 2007; 64-bit hashes as in Heule, Nunkesser, Hall 2013; the estimator, exact for few values as
// linear counting is and without tables of bias, is Ertl, "New cardinality estimation algorithms", 2017, algorithm 6.
import { hash } from 'node:crypto'
import type { Aggregate, AggregateValue } from '../protocol/filter.ts'
import type { Aggregator } from './aggregator.ts'
import { compileField, type Field, type Readable } from './filter.ts'
import { scalarsOf } from './groups.ts'
import { isFields } from './parse.ts'

const INDEX_BITS = 12
const REGISTERS = 2 ** INDEX_BITS
/** Bits of the hash that a register's rank is read from. */
const RANK_BITS = 64 - INDEX_BITS
/** Relative standard error of the estimate. Source: Flajolet et al. 2007, 1.04 over the root of the registers. */
export const DISTINCT_ERROR = 1.04 / Math.sqrt(REGISTERS)

/** A rank, and half an index, takes one digit: ranks reach 53. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const VALUE_OF = new Map([...DIGITS].map((digit, value) => [digit, value]))
/** Digits of a register that is written with its index. */
const SPARSE_DIGITS = 3

interface DistinctSnapshot {
  taken: number
  registers: string
  changed: string
}

export class Distinct implements Aggregator {
  taken = 0
  readonly #field: Field
  readonly #registers = new Uint8Array(REGISTERS)
  /** Number of the message that changed each register last. */
  readonly #changed = new Float64Array(REGISTERS)
  /** How many registers have each rank. */
  readonly #ranks: number[] = [REGISTERS, ...Array<number>(RANK_BITS + 1).fill(0)]

  constructor({ of }: Extract<Aggregate, { is: 'distinct' }>) {
    this.#field = compileField(of)
  }

  take(message: Readable): void {
    const values = scalarsOf(this.#field(message))
    if (values.length === 0) return
    this.taken++
    for (const value of values) {
      // A value that attendees choose must not choose its register's rank: a hash that cannot be inverted.
      const digest = hash('sha256', JSON.stringify(value), 'buffer')
      const high = digest.readUInt32BE(0)
      const [low, index] = [digest.readUInt32BE(4), high >>> (32 - INDEX_BITS)]
      const rest = (high << INDEX_BITS) >>> 0
      const zeros = rest !== 0 ? Math.clz32(rest) : 32 - INDEX_BITS + Math.clz32(low)
      this.#raise(index, zeros + 1)
    }
  }

  value(): AggregateValue {
    return {
      is: 'distinct',
      n: this.taken,
      estimate: Math.round(estimate(this.#ranks)),
      error: DISTINCT_ERROR,
    }
  }

  merge(later: Distinct): void {
    this.taken += later.taken
    for (const [index, rank] of later.#registers.entries()) this.#raise(index, rank)
  }

  delta(since: number): { registers: string } {
    return { registers: this.#encode((index) => (this.#changed[index] as number) > since) }
  }

  patch(delta: unknown, to: number): boolean {
    const cells = isFields(delta) && typeof delta.registers === 'string' ? decode(delta.registers) : null
    if (cells === null) return false
    this.taken = Math.max(this.taken, to)
    for (const [index, rank] of cells) this.#raise(index, rank)
    return true
  }

  /** A register says no more than whether it changed since: to tell it twice changes nothing. */
  snapshot(since: number): DistinctSnapshot {
    return { taken: this.taken, registers: this.#encode(() => true), changed: this.delta(since).registers }
  }

  restore(snapshot: unknown): void {
    const { taken, registers, changed } = snapshot as DistinctSnapshot
    for (const [index, rank] of decode(registers) ?? []) this.#raise(index, rank)
    this.taken = taken
    for (const [index, rank] of decode(changed) ?? []) if (rank > 0) this.#changed[index] = taken
  }

  #raise(index: number, rank: number): void {
    const before = this.#registers[index] as number
    if (rank <= before) return
    this.#registers[index] = rank
    this.#changed[index] = this.taken
    this.#ranks[before] = (this.#ranks[before] as number) - 1
    this.#ranks[rank] = (this.#ranks[rank] as number) + 1
  }

  /** Two digits of index and one of rank for each register that is not 0 and wanted, or one of rank for all. */
  #encode(wanted: (index: number) => boolean): string {
    const some: string[] = []
    for (const [index, rank] of this.#registers.entries()) {
      if (rank === 0 || !wanted(index)) continue
      some.push(`${DIGITS[index >> 6]}${DIGITS[index & 63]}${DIGITS[rank]}`)
      if (some.length * SPARSE_DIGITS >= REGISTERS) break
    }
    if (some.length * SPARSE_DIGITS < REGISTERS) return some.join('')
    return Array.from(this.#registers, (rank) => DIGITS[rank]).join('')
  }
}

/** [register, rank], or null where the text is none of the two forms. */
function decode(text: string): [number, number][] | null {
  const values = Array.from(text, (digit) => VALUE_OF.get(digit) ?? Number.NaN)
  const dense = values.length === REGISTERS
  if (!dense && (values.length > REGISTERS || values.length % SPARSE_DIGITS !== 0)) return null
  const cells = dense
    ? values.map((rank, index): [number, number] => [index, rank])
    : Array.from({ length: values.length / SPARSE_DIGITS }, (_, i): [number, number] => {
        const [high = 0, low = 0, rank = 0] = values.slice(i * SPARSE_DIGITS, (i + 1) * SPARSE_DIGITS)
        return [high * 64 + low, rank]
      })
  return cells.every(([index, rank]) => index < REGISTERS && rank <= RANK_BITS + 1) ? cells : null
}

/** `ranks[r]` registers have rank r. The names are those of Ertl 2017. */
function estimate(ranks: readonly number[]): number {
  let z = REGISTERS * tau(1 - (ranks[RANK_BITS + 1] as number) / REGISTERS)
  for (let rank = RANK_BITS; rank >= 1; rank--) z = 0.5 * (z + (ranks[rank] as number))
  z += REGISTERS * sigma((ranks[0] as number) / REGISTERS)
  return REGISTERS ** 2 / (2 * Math.LN2 * z)
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY
  let [x, y, z, before] = [share, 1, share, -1]
  while (z !== before) {
    before = z
    x *= x
    z += x * y
    y += y
  }
  return z
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0
  let [x, y, z, before] = [share, 1, 1 - share, -1]
  while (z !== before) {
    before = z
    x = Math.sqrt(x)
    y *= 0.5
    z -= (1 - x) ** 2 * y
  }
  return z / 3
}
