// Quantities as people write them (`90s`, `40 GB`, `100 Mbit/s`, `900 USD`), read exactly or refused with a reason.
import {
  BIT_RATE,
  DIMENSIONS,
  type Dimension,
  DURATION,
  MONEY,
  PICO,
  RATE,
  SHARE,
  SIZE,
} from './dimensions.ts'
import { quote } from './quote.ts'
import { closest, list } from './suggest.ts'

/** A quantity that was read, or a sentence that says what is wrong with it and what to write. */
export type Read<T> = { ok: true; value: T } | { ok: false; why: string }

const NUMBER = '\\d{1,15}(?:\\.\\d{1,12})?'

/** Regular expressions of what is accepted, for JSON Schema. */
export const PATTERNS = {
  duration: `^(${NUMBER} *(d|h|ms|m|s) *)+$`,
  size: patternOf(SIZE),
  bitRate: patternOf(BIT_RATE),
  money: patternOf(MONEY),
  share: patternOf(SHARE),
  rate: patternOf(RATE),
} as const

/** `90s`, `1h30m`: seconds. Parts go from the greater unit to the smaller, each once. */
export function readDuration(text: string): Read<number> {
  return map(readDurationPico(text), (pico) => divide(pico, PICO))
}

/** `30ms`: milliseconds. */
export function readMilliseconds(text: string): Read<number> {
  return map(readDurationPico(text), (pico) => divide(pico, PICO / 1_000n))
}

/** `40 GB`: bytes, a whole number. GB = 10⁹ bytes, GiB = 2³⁰ bytes. */
export function readSize(text: string): Read<number> {
  return wholeNumber(text, 'bytes', readSingle(text, SIZE))
}

/** `100 Mbit/s`: bit/s, a whole number. */
export function readBitRate(text: string): Read<number> {
  return wholeNumber(text, 'bits a second', readSingle(text, BIT_RATE))
}

/** Codes of ISO 4217, past and present. */
const FOREIGN = new Set(Intl.supportedValuesOf('currency').filter((code) => code !== 'USD'))

/** `900 USD`: pico-dollars, exact. */
export function readMoney(text: string): Read<bigint> {
  const [, currency = ''] = /^[\d.,\s]*([A-Z]{3}|€|£)[\d.,\s]*$/i.exec(text.trim()) ?? []
  if (/[€£]/.test(currency) || FOREIGN.has(currency.toUpperCase())) {
    return no(
      `${quote(text)} is not in USD; prices are, so convert it and write an amount such as ${MONEY.example}`,
    )
  }
  return map(readSingle(text, MONEY), ({ digits, scale }) => digits / 10n ** BigInt(scale))
}

/** `35 %`: a fraction, 0.35. */
export function readShare(text: string): Read<number> {
  return map(readSingle(text, SHARE), ({ digits, scale }) => Number(digits) / 10 ** (scale + 2))
}

/** `3/min`: mean number in a minute. */
export function readRate(text: string): Read<number> {
  return map(readSingle(text, RATE), ({ digits, scale }) => Number(digits) / (60 * 10 ** scale))
}

/** Seconds as `1h30m`, `90ms`; read back by `readDuration` to the same value, to the millisecond. */
export function formatDuration(seconds: number): string {
  let ms = Math.round(seconds * 1_000)
  const parts: string[] = []
  for (const [unit, length] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ] as const) {
    const count = Math.floor(ms / length)
    if (count > 0) parts.push(`${count}${unit}`)
    ms -= count * length
  }
  return parts.join('') || '0s'
}

/** An exact decimal: digits × 10⁻ˢᶜᵃˡᵉ. */
interface Decimal {
  digits: bigint
  scale: number
}

/** One number and one unit of the dimension, in base units. */
function readSingle(text: string, dimension: Dimension): Read<Decimal> {
  const match = new RegExp(`^(${NUMBER}) *(\\S.*)$`).exec(text.trim())
  const [, number, unit] = match ?? []
  const multiple = unit === undefined ? undefined : dimension.units.get(unit)
  if (number === undefined || multiple === undefined) return no(whatIsWrong(text, dimension))
  const { digits, scale } = decimal(number)
  return { ok: true, value: { digits: digits * multiple, scale } }
}

function readDurationPico(text: string): Read<bigint> {
  const trimmed = text.trim()
  if (!new RegExp(PATTERNS.duration).test(trimmed)) return no(whatIsWrong(text, DURATION))
  let total = 0n
  let smallest = DURATION.units.get('d') ?? 0n
  let first = true
  for (const [, number = '', unit = ''] of trimmed.matchAll(new RegExp(`(${NUMBER}) *(d|h|ms|m|s)`, 'g'))) {
    const multiple = DURATION.units.get(unit) ?? 0n
    if (!first && multiple >= smallest) {
      return no(`${quote(text)} mixes its units; write the greater first and each once, such as 1h30m`)
    }
    first = false
    smallest = multiple
    const { digits, scale } = decimal(number)
    total += (digits * multiple) / 10n ** BigInt(scale)
  }
  return { ok: true, value: total }
}

/** Why a text is not a quantity of this dimension, and what to write instead. */
function whatIsWrong(text: string, dimension: Dimension): string {
  const instead = `write ${dimension.name} such as ${dimension.example}`
  const trimmed = text.trim()
  if (trimmed === '') return `the text is empty; ${instead}`
  if (/^[-−]/.test(trimmed)) return `${quote(text)} is negative; ${instead}`

  const [, grouped = '', rest = ''] = /^(\d{1,3}(?:[,_' ]\d{3})+)(?!\d)(.*)$/.exec(trimmed) ?? []
  if (grouped !== '') return `${quote(text)} groups its digits; write ${grouped.replace(/\D/g, '')}${rest}`
  const [, whole = '', fraction = ''] = /^(\d+),(\d.*)$/.exec(trimmed) ?? []
  if (whole !== '') return `${quote(text)} has a decimal comma; write ${whole}.${fraction}`
  const [, dollars] = /^\$ *(\d[\d.]*)$/.exec(trimmed) ?? []
  if (dollars !== undefined && dimension === MONEY)
    return `${quote(text)} has no currency code; write ${dollars} USD`

  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(.*)$/.exec(trimmed) ?? []
  if (number === undefined) return `${quote(text)} is not ${dimension.name}; ${instead}`
  if (!new RegExp(`^${NUMBER}$`).test(number)) {
    return `${quote(text)} has too many digits; at most 15 before the point and 12 after it are read`
  }
  return `${quote(text)} ${unitMistake(number, unit, dimension)}`
}

function unitMistake(number: string, unit: string, dimension: Dimension): string {
  const { name, example } = dimension
  const units = [...dimension.units.keys()]
  const choice = `write ${name} in ${list(units, 'or')}, such as ${example}`
  if (unit === '') return `has no unit; ${dimension === MONEY ? `write ${number} USD` : choice}`
  const meant = dimension.meant.get(unit) ?? units.find((u) => u.toLowerCase() === unit.toLowerCase())
  if (meant !== undefined) return `has the unknown unit "${unit}"; write ${join(number, meant)}`
  const other = DIMENSIONS.find((d) => d.units.has(unit))
  if (other) return `is ${other.name}, not ${name}; write ${name} such as ${example}`
  const near = closest(unit, units)
  if (near !== undefined) return `has the unknown unit "${unit}", did you mean ${join(number, near)}?`
  return `has the unknown unit ${quote(unit)}; ${choice}`
}

/** Durations and rates are written together (`5m`, `3/min`), everything else apart (`40 GB`). */
function join(number: string, unit: string): string {
  return DURATION.units.has(unit) || unit.startsWith('/') ? `${number}${unit}` : `${number} ${unit}`
}

function decimal(number: string): Decimal {
  const [whole = '', fraction = ''] = number.split('.')
  return { digits: BigInt(whole + fraction), scale: fraction.length }
}

function wholeNumber(text: string, unit: string, read: Read<Decimal>): Read<number> {
  if (!read.ok) return read
  const { digits, scale } = read.value
  const one = 10n ** BigInt(scale)
  if (digits % one !== 0n) return no(`${quote(text)} is not a whole number of ${unit}; write fewer decimals`)
  const value = digits / one
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return no(`${quote(text)} is more than can be counted exactly`)
  return { ok: true, value: Number(value) }
}

/** `a / b`, rounded once, at the end: the whole part never loses digits to the fraction. */
function divide(a: bigint, b: bigint): number {
  return Number(a / b) + Number(a % b) / Number(b)
}

function patternOf(dimension: Dimension): string {
  const units = [...dimension.units.keys()].map((unit) => unit.replace(/[/$]/g, '\\$&'))
  return `^${NUMBER} *(${units.join('|')})$`
}

function map<A, B>(read: Read<A>, f: (value: A) => B): Read<B> {
  return read.ok ? { ok: true, value: f(read.value) } : read
}

function no(why: string): { ok: false; why: string } {
  return { ok: false, why }
}
