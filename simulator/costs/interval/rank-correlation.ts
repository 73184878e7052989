// Spearman's rank correlation: how surely one thing rises with another, however crooked the way.
// Source: C. Spearman, "The proof and measurement of association between two things", American Journal of Psychology 15 (1904).

/** From −1 to 1; null where one of the two is always the same. Equal values share the mean of their ranks. */
export function rankCorrelation(
  a: readonly (number | bigint)[],
  b: readonly (number | bigint)[],
): number | null {
  const [x, y] = [ranks(a), ranks(b)]
  const mean = (a.length + 1) / 2
  let [both, ofX, ofY] = [0, 0, 0]
  x.forEach((rank, i) => {
    const [dx, dy] = [rank - mean, (y[i] as number) - mean]
    both += dx * dy
    ofX += dx * dx
    ofY += dy * dy
  })
  return ofX === 0 || ofY === 0 ? null : both / Math.sqrt(ofX * ofY)
}

function ranks(values: readonly (number | bigint)[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => compare(values[i], values[j]))
  const found = new Array<number>(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && compare(values[order[from] as number], values[order[to] as number]) === 0)
      to++
    for (let k = from; k < to; k++) found[order[k] as number] = (from + to + 1) / 2
    from = to
  }
  return found
}

function compare(a: number | bigint | undefined, b: number | bigint | undefined): number {
  if (a === b) return 0
  return (a as number | bigint) < (b as number | bigint) ? -1 : 1
}
