// How numbers are written, in every report: rounded here and nowhere before.
import type { Figure } from '../simulator/run-result.ts'

export const NOT_MEASURED = 'not measured'

/** U+2212, as wide as the plus sign, so that columns of signed numbers line up. */
const MINUS = '−'
const PICO_DIGITS = 12
const DAY_MS = 86_400_000

/** `amount / 10^scale` as a decimal with `places` digits, rounded half to even once. */
function roundedDecimal(amount: bigint, scale: number, places: number): string {
  const negative = amount < 0n
  let units = negative ? -amount : amount
  if (scale > places) {
    const divisor = 10n ** BigInt(scale - places)
    const rest = units % divisor
    units /= divisor
    if (rest * 2n > divisor || (rest * 2n === divisor && units % 2n === 1n)) units += 1n
  } else {
    units *= 10n ** BigInt(places - scale)
  }
  const digits = units.toString().padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ',')
  const fraction = places > 0 ? `.${digits.slice(-places)}` : ''
  return `${negative && units > 0n ? MINUS : ''}${whole}${fraction}`
}

/**
 * Pico-dollars as `$1,234.56`, rounded half to even to the cent. An amount that is not zero but rounds to zero
 * is shown as `< $0.01`, so that no real cost reads as free.
 */
export function formatUsd(picoUsd: bigint): string {
  const text = roundedDecimal(picoUsd, PICO_DIGITS, 2)
  if (text === '0.00' && picoUsd !== 0n) return picoUsd > 0n ? '< $0.01' : `> ${MINUS}$0.01`
  return text.startsWith(MINUS) ? `${MINUS}$${text.slice(1)}` : `$${text}`
}

/** A difference as `+$1.25`, `−$0.40` or `$0.00`. */
export function formatUsdChange(picoUsd: bigint): string {
  return picoUsd > 0n ? `+${formatUsd(picoUsd)}` : formatUsd(picoUsd)
}

/** Pico-dollars as an exact decimal with its currency, `12.3456 USD`: for files that programs read. */
export function exactUsd(picoUsd: bigint): string {
  return `${exactDollars(picoUsd)} USD`
}

/** The same without its currency, `12.3456`: for a column that says it. */
export function exactDollars(picoUsd: bigint): string {
  const exact = roundedDecimal(picoUsd, PICO_DIGITS, PICO_DIGITS).replaceAll(',', '').replace(MINUS, '-')
  return exact.replace(/(\.\d{2}\d*?)0+$/, '$1')
}

/** Pico-dollars as a floating-point number of dollars: for lengths in a plot only, never for a printed amount. */
export function plottedUsd(picoUsd: bigint): number {
  return Number(picoUsd / 1_000_000n) / 1e6
}

/** A decimal string with at most `places` digits after the point, trailing zeros dropped. */
export function formatQuantity(decimal: string, places = 3): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal)
  if (!match) return decimal
  const [, sign = '', whole = '0', fraction = ''] = match
  const amount = BigInt(`${sign}${whole}${fraction}`)
  const text = roundedDecimal(amount, fraction.length, places)
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return short === '0' && amount !== 0n ? `< 0.${'0'.repeat(places - 1)}1` : short
}

/** A whole number with thousands separators. */
export function formatCount(count: number): string {
  return withMinus(Math.round(count).toLocaleString('en-GB'))
}

/** `1 venue`, `2,000 venues`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Milliseconds with three significant digits: `4.21 ms`, `812 ms`, `1.24 s`, `2 min 5 s`. */
export function formatMs(ms: number): string {
  if (Math.abs(ms) >= 999.5) return formatSeconds(ms / 1000)
  return `${significant(ms)} ms`
}

/** Seconds with three significant digits, whole ones without a fraction; minutes and hours above 120 s. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0) return `${MINUS}${formatSeconds(-seconds)}`
  if (seconds < 119.95) return `${Number.isInteger(seconds) ? seconds : significant(seconds)} s`
  const whole = Math.round(seconds)
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ]
  return parts.flatMap(([n, unit]) => (n > 0 ? [`${n} ${unit}`] : [])).join(' ')
}

/** Whole days from `nowMs` to `untilMs`: `41 days`; below zero where that is past. */
export function formatDaysLeft(untilMs: number, nowMs: number): string {
  return `${Math.floor((untilMs - nowMs) / DAY_MS)} days`
}

/** Bytes with three significant digits and a decimal unit; GB = 10⁹ bytes. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  let size = bytes
  let unit = 0
  while (Math.abs(size) >= 999.5 && unit < units.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${unit === 0 ? formatCount(size) : significant(size)} ${units[unit]}`
}

/** A value in the unit of a figure or a service level; null is `not measured`, never a zero or a blank. */
export function formatValue(value: number | null, unit: Figure['unit']): string {
  if (value === null) return NOT_MEASURED
  switch (unit) {
    case 'ms':
      return formatMs(value)
    case 's':
      return formatSeconds(value)
    case 'bytes':
      return formatBytes(value)
    case 'messages':
      return formatCount(value)
  }
}

/** A signed share in per cent: `+12 %`, `−3.4 %`, `0 %`. */
export function formatPercent(share: number): string {
  const percent = share * 100
  const text = Math.abs(percent) < 9.95 ? percent.toFixed(1) : formatCount(percent)
  if (Number(text.replaceAll(',', '').replace(MINUS, '-')) === 0) return '0 %'
  return `${percent > 0 ? '+' : ''}${withMinus(text)} %`
}

/** `09:30`, or `09:30:15`, on the wall clock of a time zone. */
export function formatClock(
  epochMs: number,
  timezone: string,
  to: 'minutes' | 'seconds' = 'minutes',
): string {
  const format = {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    second: to === 'seconds' ? '2-digit' : undefined,
    hourCycle: 'h23',
  } as const
  return new Intl.DateTimeFormat('en-GB', format).format(epochMs)
}

/** `Mon 23 Nov 2026` on the calendar of a time zone. */
export function formatDate(epochMs: number, timezone: string): string {
  const format = {
    timeZone: timezone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  } as const
  return new Intl.DateTimeFormat('en-GB', format).format(epochMs).replace(',', '')
}

/** `Mon`, on the calendar of a time zone. */
export function formatWeekday(epochMs: number, timezone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: timezone, weekday: 'short' }).format(epochMs)
}

/** `2026-11-23 20:35:00 UTC`. */
export function formatInstant(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function significant(value: number): string {
  const size = Math.abs(value)
  const places = size === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2
  if (size > 0 && size < 0.005) return value > 0 ? '< 0.01' : `> ${MINUS}0.01`
  return withMinus(value.toFixed(places))
}

function withMinus(text: string): string {
  return text.replace('-', MINUS)
}
