// Takes turns at something expensive: so many at once, so many waiting, and no more.

/** Everything is taken and the queue is full: try again later. */
export class AllTurnsTaken extends Error {
  constructor() {
    super('too many wait already')
  }
}

export class Turns {
  readonly #waiting: (() => void)[] = []
  readonly #waitingMax: number
  #free: number

  constructor(atOnce: number, waitingMax: number) {
    this.#free = atOnce
    this.#waitingMax = waitingMax
  }

  /** Runs `work` when its turn comes, first come first served. Rejects with AllTurnsTaken, or as `work` does. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) {
      this.#free--
    } else {
      if (this.#waiting.length >= this.#waitingMax) throw new AllTurnsTaken()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // The turn is handed over, never free in between.
      if (next === undefined) this.#free++
      else next()
    }
  }
}
