// Which numbers of a sequence have come: a watermark and what lies above it, so that counting each one takes no more
// memory the more there are. Nothing of it is the runtime's own: it is what the twin counts the runtime by.

export class SequenceSet {
  /** All of 1, 2, 3… up to here have come. */
  #through = 0
  #above: Set<number> | null = null

  /** False where it had come before. */
  add(seq: number): boolean {
    if (this.has(seq)) return false
    if (seq > this.#through + 1) {
      this.#above ??= new Set()
      this.#above.add(seq)
      return true
    }
    this.#through = seq
    if (this.#above === null) return true
    while (this.#above.delete(this.#through + 1)) this.#through++
    if (this.#above.size === 0) this.#above = null
    return true
  }

  has(seq: number): boolean {
    return seq <= this.#through || this.#above?.has(seq) === true
  }

  /** How many of these have not come to `other`. */
  missingFrom(other: SequenceSet): number {
    let missing = 0
    for (let seq = other.#through + 1; seq <= this.#through; seq++) if (!other.has(seq)) missing++
    for (const seq of this.#above ?? []) if (!other.has(seq)) missing++
    return missing
  }
}
