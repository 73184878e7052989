// Sizes and money as clouds want them written, from the bytes and pico-dollars the event speaks in.

const GIB = 2 ** 30
const MIB = 2 ** 20

/** Bytes as whole GiB, rounded up: volumes are sold in GiB, events are written in GB. */
export function wholeGib(bytes: number): number {
  return Math.ceil(bytes / GIB)
}

/** Bytes as whole MiB, rounded up. */
export function wholeMib(bytes: number): number {
  return Math.ceil(bytes / MIB)
}

const PICO_DIGITS = 12

/** Pico-dollars as an exact decimal of dollars without trailing zeros: `1500000000000n` is `1.5`. */
export function decimalUsd(pico: bigint): string {
  const digits = (pico < 0n ? -pico : pico).toString().padStart(PICO_DIGITS + 1, '0')
  const whole = digits.slice(0, -PICO_DIGITS)
  const fraction = digits.slice(-PICO_DIGITS).replace(/0+$/, '')
  return `${pico < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`
}
