// What sponsors are expected to pay, and what an outage would take from it. Money is exact pico-dollars, before tax.

export interface SponsorUse {
  sponsor: string
  venue: string
  /** Over all days of the event, ms of all people together. */
  userMs: number
}

export interface SponsorIncomeLine {
  sponsor: string
  /** Exact, e.g. `1234.567`. */
  userSeconds: string
  /** By the rate alone. */
  metered: bigint
  bound: 'minimum' | 'cap' | null
  income: bigint
}

export interface LostIncome {
  userSeconds: string
  income: bigint
}

/** What an outage takes from one sponsor's payment. */
export interface SponsorLoss {
  sponsor: string
  userSeconds: string
  /** USD, as the event file says; `0` where it says none. */
  perUserSecond: string
  /** Why it is less than seconds × rate; null: it is not. */
  bound: 'minimum' | 'cap' | null
  income: bigint
}

export interface SponsorIncome {
  sponsors: SponsorIncomeLine[]
  uses: SponsorUse[]
  total: bigint
  /** The event's own outage, with its PoPs and where all would join central; null: it names none. */
  outage: { name: string; withPops: LostIncome; withoutPops: LostIncome } | null
}
