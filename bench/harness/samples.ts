// Figures of a bench: quantiles of what was sampled, and the median of rounds.

/** The value below which the share `q` of `values` lies; NaN of none. Sorts `values`. */
export function quantile(values: number[], q: number): number {
  values.sort((a, b) => a - b)
  return values[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  if (sorted.length === 0) return Number.NaN
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] as number
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** A line of columns, the first to the left and the others to the right. */
export function row([first = '', ...others]: readonly string[], width = 12): string {
  return `${first.padEnd(34)}${others.map((text) => text.padStart(width)).join('')}\n`
}
