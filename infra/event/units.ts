// Quantities as people write them (`90s`, `40 GB`, `100 Mbit/s`, `900 USD`), read exactly or refused with a reason.
import { closest, list } from './suggest.ts'

/** A quantity that was read, or a sentence that says what is wrong with it and what to write. */
export type Read<T> = { ok: true; value: T } | { ok: false; why: string }

interface Dimension {
  /** With its article, as in `is not a duration`. */
  name: string
  example: string
  /** Multiples of the base unit. Bigints, so that decimals stay exact. */
  units: Readonly<Record<string, bigint>>
  /** What people write instead of a unit, and the unit they mean. */
  meant: Readonly<Record<string, string>>
}

const PICO = 1_000_000_000_000n
const K = 1_000n
const KI = 1_024n

const DURATION: Dimension = {
  name: 'a duration',
  example: '5m',
  units: { ms: PICO / 1_000n, s: PICO, m: 60n * PICO, h: 3_600n * PICO, d: 86_400n * PICO },
  meant: {
    msec: 'ms',
    milliseconds: 'ms',
    sec: 's',
    secs: 's',
    second: 's',
    seconds: 's',
    min: 'm',
    mins: 'm',
    minute: 'm',
    minutes: 'm',
    hr: 'h',
    hrs: 'h',
    hour: 'h',
    hours: 'h',
    day: 'd',
    days: 'd',
  },
}

const SIZE: Dimension = {
  name: 'a size',
  example: '40 GB',
  units: {
    B: 1n,
    kB: K,
    MB: K ** 2n,
    GB: K ** 3n,
    TB: K ** 4n,
    KiB: KI,
    MiB: KI ** 2n,
    GiB: KI ** 3n,
    TiB: KI ** 4n,
  },
  meant: { KB: 'kB', K: 'kB', M: 'MB', G: 'GB', T: 'TB', Ki: 'KiB', Mi: 'MiB', Gi: 'GiB', Ti: 'TiB' },
}

const BIT_RATE: Dimension = {
  name: 'a bit rate',
  example: '100 Mbit/s',
  units: { 'bit/s': 1n, 'kbit/s': K, 'Mbit/s': K ** 2n, 'Gbit/s': K ** 3n },
  meant: {
    bps: 'bit/s',
    kbps: 'kbit/s',
    Mbps: 'Mbit/s',
    Gbps: 'Gbit/s',
    kbit: 'kbit/s',
    Mbit: 'Mbit/s',
    Gbit: 'Gbit/s',
    'kb/s': 'kbit/s',
    'Mb/s': 'Mbit/s',
    'Gb/s': 'Gbit/s',
  },
}

const MONEY: Dimension = {
  name: 'an amount',
  example: '900 USD',
  units: { USD: PICO },
  meant: { $: 'USD', dollars: 'USD' },
}

const SHARE: Dimension = {
  name: 'a share',
  example: '35 %',
  units: { '%': 1n },
  meant: { percent: '%', pct: '%' },
}

/** Base unit: one in an hour. */
const RATE: Dimension = {
  name: 'a rate',
  example: '3/min',
  units: { '/h': 1n, '/min': 60n, '/s': 3_600n },
  meant: { '/m': '/min', '/minute': '/min', '/sec': '/s', '/second': '/s', '/hour': '/h', '/hr': '/h' },
}

const DIMENSIONS = [DURATION, SIZE, BIT_RATE, MONEY, SHARE, RATE]

const NUMBER = '\\d{1,15}(?:\\.\\d{1,12})?'

/** Regular expressions of what is accepted, for JSON Schema. */
export const PATTERNS = {
  duration: `^(${NUMBER} ?(d|h|ms|m|s) ?)+$`,
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

/** `900 USD`: pico-dollars, exact. */
export function readMoney(text: string): Read<bigint> {
  const currency = /^[\d.,\s]*(EUR|GBP|CHF|JPY|€|£)[\d.,\s]*$/i.exec(text.trim())
  if (currency) {
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
  const match = new RegExp(`^(${NUMBER}) ?(\\S.*)$`).exec(text.trim())
  const [, number, unit] = match ?? []
  const multiple = unit === undefined ? undefined : dimension.units[unit]
  if (number === undefined || multiple === undefined) return no(whatIsWrong(text, dimension))
  const { digits, scale } = decimal(number)
  return { ok: true, value: { digits: digits * multiple, scale } }
}

function readDurationPico(text: string): Read<bigint> {
  const trimmed = text.trim()
  if (!new RegExp(PATTERNS.duration).test(trimmed)) return no(whatIsWrong(text, DURATION))
  let total = 0n
  let smallest = DURATION.units.d ?? 0n
  let first = true
  for (const [, number = '', unit = ''] of trimmed.matchAll(new RegExp(`(${NUMBER}) ?(d|h|ms|m|s)`, 'g'))) {
    const multiple = DURATION.units[unit] ?? 0n
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
  const { name, example } = dimension
  const trimmed = text.trim()
  if (trimmed === '') return `is empty; write ${name} such as ${example}`
  if (/^[-−]/.test(trimmed)) return `${quote(text)} is negative; write ${name} such as ${example}`

  const grouped = /^(\d{1,3}(?:[,_' ]\d{3})+)(.*)$/.exec(trimmed)
  if (grouped)
    return `${quote(text)} groups its digits; write ${(grouped[1] ?? '').replace(/\D/g, '')}${grouped[2] ?? ''}`
  const comma = /^(\d+),(\d+)(.*)$/.exec(trimmed)
  if (comma) return `${quote(text)} has a decimal comma; write ${comma[1]}.${comma[2]}${comma[3]}`
  const dollars = /^\$\s*(\d[\d.]*)$/.exec(trimmed)
  if (dollars && dimension === MONEY) return `${quote(text)} has no currency code; write ${dollars[1]} USD`

  const match = /^(\d+(?:\.\d+)?)\s*(.*)$/.exec(trimmed)
  const [, number = '', unit = ''] = match ?? []
  if (!match) return `${quote(text)} is not ${name}; write a number with its unit, such as ${example}`
  if (!new RegExp(`^${NUMBER}$`).test(number)) {
    return `${quote(text)} has too many digits; at most 15 before the point and 12 after it are read`
  }
  const units = Object.keys(dimension.units)
  if (unit === '')
    return `${quote(text)} has no unit; write ${name} in ${list(units, 'or')}, such as ${example}`
  const meant = dimension.meant[unit] ?? units.find((u) => u.toLowerCase() === unit.toLowerCase())
  if (meant !== undefined)
    return `${quote(text)} has the unknown unit "${unit}"; write ${join(number, meant)}`
  const other = DIMENSIONS.find((d) => unit in d.units)
  if (other) return `${quote(text)} is ${other.name}, not ${name}; write ${name} such as ${example}`
  const near = closest(unit, units)
  if (near !== undefined)
    return `${quote(text)} has the unknown unit "${unit}", did you mean ${join(number, near)}?`
  return `${quote(text)} has the unknown unit "${unit}"; write ${name} in ${list(units, 'or')}, such as ${example}`
}

/** Durations and rates are written together (`5m`, `3/min`), everything else apart (`40 GB`). */
function join(number: string, unit: string): string {
  return unit in DURATION.units || unit.startsWith('/') ? `${number}${unit}` : `${number} ${unit}`
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
  const units = Object.keys(dimension.units).map((unit) => unit.replace(/[/$]/g, '\\$&'))
  return `^${NUMBER} ?(${units.join('|')})$`
}

function map<A, B>(read: Read<A>, f: (value: A) => B): Read<B> {
  return read.ok ? { ok: true, value: f(read.value) } : read
}

function no(why: string): { ok: false; why: string } {
  return { ok: false, why }
}

/** The text in double quotes, shortened, with control characters escaped: it goes to a terminal. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text)
}
