// The count of one poll: a client's newest vote counts, at a cost that does not grow with the votes.

export interface TallySnapshot {
  options: number
  votes: [client: string, chosen: number[]][]
}

export class PollTally {
  readonly #counts: number[]
  readonly #votes = new Map<string, readonly number[]>()

  constructor(options: number) {
    this.#counts = Array<number>(options).fill(0)
  }

  static restored({ options, votes }: TallySnapshot): PollTally {
    const tally = new PollTally(options)
    for (const [client, chosen] of votes) tally.vote(client, chosen)
    return tally
  }

  /** Clients that voted. */
  get voters(): number {
    return this.#votes.size
  }

  /** Clients by option. */
  get counts(): number[] {
    return [...this.#counts]
  }

  has(client: string): boolean {
    return this.#votes.has(client)
  }

  /** `chosen`: indices of options, none twice; none at all takes the client's vote back. */
  vote(client: string, chosen: readonly number[]): void {
    for (const i of this.#votes.get(client) ?? []) this.#add(i, -1)
    for (const i of chosen) this.#add(i, 1)
    if (chosen.length > 0) this.#votes.set(client, chosen)
    else this.#votes.delete(client)
  }

  snapshot(): TallySnapshot {
    return {
      options: this.#counts.length,
      votes: [...this.#votes].map(([client, chosen]) => [client, [...chosen]]),
    }
  }

  #add(option: number, by: number): void {
    this.#counts[option] = (this.#counts[option] as number) + by
  }
}
