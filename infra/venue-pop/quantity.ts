// Amounts as Kubernetes writes them: in its shortest form, so that what we say is what a server holds, to the letter.

/** From the largest. Source: Kubernetes API conventions, resource.Quantity with decimal suffixes. */
const SUFFIXES: [suffix: string, factor: number][] = [
  ['T', 1e12],
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
]

/** A whole number of bytes: `12G`. */
export function byteQuantity(bytes: number): string {
  const [suffix, factor] = SUFFIXES.find(([, unit]) => bytes % unit === 0) ?? ['', 1]
  return `${bytes / factor}${suffix}`
}

/** Cores, by thousandths: `3`, `375m`. */
export function cpuQuantity(cores: number): string {
  const milli = Math.floor(cores * 1_000)
  return milli % 1_000 === 0 ? String(milli / 1_000) : `${milli}m`
}
