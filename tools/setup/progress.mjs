// What set-up says on stderr: each step as it starts, while it runs, and how long it took; and what is missing.

const STILL_EVERY_MS = 15_000

/** Something that cannot be had here: what, why, and how to get it on each system. */
export class Unavailable extends Error {
  /**
   * @param {string} what
   * @param {string} why
   * @param {string | { linux: string, macos: string, windows: string }} how
   */
  constructor(what, why, how) {
    super(`${what} cannot be had here: ${why}`)
    this.how = how
  }

  describe() {
    if (typeof this.how === 'string') return `${this.message}\n  ${this.how}`
    const { linux, macos, windows } = this.how
    return `${this.message}\n  Linux:   ${linux}\n  macOS:   ${macos}\n  Windows: ${windows}`
  }
}

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`)
}

/** @param {number} sinceMs */
export function secondsSince(sinceMs) {
  return `${((Date.now() - sinceMs) / 1_000).toFixed(1)} s`
}

/**
 * Runs one step and says how long it took.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const startedMs = Date.now()
  say(`… ${title}`)
  const still = setInterval(() => say(`… ${title}, ${secondsSince(startedMs)} so far`), STILL_EVERY_MS)
  try {
    const result = await work()
    say(`✓ ${title} (${secondsSince(startedMs)})`)
    return result
  } catch (error) {
    say(`✗ ${title} (${secondsSince(startedMs)})`)
    throw error
  } finally {
    clearInterval(still)
  }
}
