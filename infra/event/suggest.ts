// Did you mean: the known word nearest to what was written, by edit distance.

/** Words longer than this are not compared: nobody mistypes that much, and the cost grows with the square. */
const MAX_WORD_CHARS = 80

/**
 * The candidate nearest to `word`, if it is near enough to be a slip: at most a third of the word's letters
 * changed, case ignored. Of equally near candidates the first wins.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD_CHARS) return undefined
  const limit = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `, did you mean "x"?`, or what is known when nothing is near: `; known are a, b and c` (short lists only). */
export function didYouMean(word: string, candidates: readonly string[], maxListed = 14): string {
  const near = closest(word, candidates)
  if (near !== undefined) return `, did you mean "${near}"?`
  if (candidates.length === 0 || candidates.length > maxListed) return ''
  return candidates.length === 1 ? `; the only one is ${candidates[0]}` : `; known are ${list(candidates)}`
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[], last = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/**
 * Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours cost 1 each
 * (Damerau 1964, without a second edit of a swapped pair).
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? a.length
}
