// Whether an event's assets should be moved to a colder storage class at night: what each class saves or loses.

export interface ColdClass {
  /** As the price book writes it. */
  storageClass: string
  /** Days that are billed even if an object is taken out earlier. */
  leastDays: number
  /** Rates that the price book lacks; with any of them there is no amount. */
  missing: string[]
  /** Reading back takes longer than the shortest night. */
  tooSlow: boolean
  /** Pico-dollars over all nights; null: not priced. */
  saved: bigint | null
  storage: bigint | null
  moves: bigint | null
  retrieval: bigint | null
  /** `saved` less the three others: negative is a loss. */
  net: bigint | null
}

/** `central.archive` of the event file. */
export interface ArchiveRule {
  storageClass: string
  afterDays: number
  /** It moves what is there from set-up on while the event lasts. */
  duringEvent: boolean
}

export interface ColdStorage {
  event: string
  region: string
  bytes: number
  objects: number
  nights: { startMs: number; endMs: number }[]
  classes: ColdClass[]
  /** Null: the event file has none. */
  archive: ArchiveRule | null
  advice: 'move' | 'stay' | 'unknown'
  /** The class that saves most, where the advice is to move. */
  best: string | null
}
