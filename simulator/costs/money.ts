// Exact decimals and money: rates and quantities are decimals, amounts are bigint pico-dollars, none is a float.

/** `digits` × 10^-`scale`, exact. */
export interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

/** Quantities are kept to this many decimal places, so that rate × quantity can be checked by hand. */
export const QUANTITY_PLACES = 9
/** One dollar in the unit of amounts: 10⁻¹² USD. */
export const PICO = 10n ** 12n
/** More places than any price list or quantity has; longer text is a mistake, not a number. */
const PLACES_MAX = 24

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/

/** Reads a plain decimal such as `0.0456`; throws a RangeError for anything else. */
export function decimal(text: string): Decimal {
  const match = DECIMAL.exec(text)
  const fraction = match?.[3] ?? ''
  if (!match || fraction.length > PLACES_MAX) throw new RangeError(`not a plain decimal number: ${text}`)
  return { digits: BigInt(`${match[1]}${match[2]}${fraction}`), scale: fraction.length }
}

/** A finite number to `QUANTITY_PLACES` places: how counts of usage enter exact arithmetic. */
export function quantityOf(value: number): Decimal {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e21) throw new RangeError(`not a quantity: ${value}`)
  // The shortest text of the number, which is what a reader sees; below 10⁻⁶ it has an exponent.
  const text = String(value)
  return text.includes('e') ? decimal(value.toFixed(QUANTITY_PLACES)) : scaled(decimal(text), 1n, 1n)
}

export const ZERO: Decimal = { digits: 0n, scale: 0 }

/** Shortest text of the same value, e.g. `0.5`. */
export function decimalText({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? '-' : ''
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0')
  const whole = text.slice(0, text.length - scale)
  const fraction = text.slice(text.length - scale).replace(/0+$/, '')
  return `${sign}${whole}${fraction && `.${fraction}`}`
}

/** Both values as integers at one scale. */
function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale)
  return [a.digits * 10n ** BigInt(scale - a.scale), b.digits * 10n ** BigInt(scale - b.scale), scale]
}

export function plus(a: Decimal, b: Decimal): Decimal {
  const [x, y, scale] = aligned(a, b)
  return { digits: x + y, scale }
}

export function minus(a: Decimal, b: Decimal): Decimal {
  const [x, y, scale] = aligned(a, b)
  return { digits: x - y, scale }
}

/** Negative, zero or positive, as for sorting. */
export function compare(a: Decimal, b: Decimal): number {
  const [x, y] = aligned(a, b)
  return x < y ? -1 : x > y ? 1 : 0
}

export function least(a: Decimal, b: Decimal): Decimal {
  return compare(a, b) <= 0 ? a : b
}

export function isZero(a: Decimal): boolean {
  return a.digits === 0n
}

/** `numerator / denominator` to the nearest integer, halves away from zero. `denominator` > 0. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const half = denominator / 2n
  return (numerator < 0n ? numerator - half : numerator + half) / denominator
}

/**
 * `value` × `numerator` / `denominator` to `QUANTITY_PLACES` places, halves away from zero: GB × milliseconds of a
 * month / milliseconds in it, MiB → GB, credits → vCPU-hours. `denominator` > 0.
 */
export function scaled(value: Decimal, numerator: bigint, denominator: bigint): Decimal {
  const digits = value.digits * numerator * 10n ** BigInt(QUANTITY_PLACES)
  return {
    digits: divideRounded(digits, denominator * 10n ** BigInt(value.scale)),
    scale: QUANTITY_PLACES,
  }
}

/** `rate` in USD × `quantity`, to the nearest pico-dollar, halves away from zero. */
export function amountOf(rate: Decimal, quantity: Decimal): bigint {
  const product = rate.digits * quantity.digits * PICO
  return divideRounded(product, 10n ** BigInt(rate.scale + quantity.scale))
}
