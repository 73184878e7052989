// From when to when each session had each feature: what is so now, what the log says, and what is to be written.
import type { SessionLogBody, StartFeature } from '../protocol/show.ts'

export type Feature = Omit<StartFeature, 'do'>
type Starts = Map<string, number>

/** Sessions in one record, at most: some 20 kB. */
export const SESSIONS_PER_RECORD_MAX = 200

export interface IntervalsSnapshot {
  open: { feature: Feature; starts: [client: string, startMs: number][] }[]
  atMs: number
  latestMs: number
}

export class FeatureIntervals {
  /** Open now. */
  readonly #open = new Map<Feature, Starts>()
  /** Open as far as the log says, by the feature's id. */
  #logged = new Map<string, { feature: Feature; starts: Starts }>()
  /** To be written. */
  #starts = new Map<Feature, Starts>()
  #stops = new Map<Feature, [client: string, startMs: number, stopMs: number][]>()
  #atMs = 0
  #latestMs = 0

  /** No time in the log is later. */
  get latestMs(): number {
    return this.#latestMs
  }

  get hasOpen(): boolean {
    return this.#open.size > 0
  }

  get hasNews(): boolean {
    return this.#starts.size > 0 || this.#stops.size > 0
  }

  start(feature: Feature, client: string, atMs: number): void {
    const open = entryOf(this.#open, feature, () => new Map())
    if (open.has(client)) return
    open.set(client, atMs)
    entryOf(this.#starts, feature, () => new Map()).set(client, atMs)
  }

  stop(feature: Feature, client: string, atMs: number): void {
    const startMs = take(this.#open, feature, client)
    if (startMs === undefined) return
    // A start that was not written yet needs no record of its own: the stop says both.
    const written = take(this.#starts, feature, client) === undefined
    if (written || atMs > startMs) entryOf(this.#stops, feature, () => []).push([client, startMs, atMs])
  }

  stopAll(feature: Feature, atMs: number): void {
    for (const client of [...(this.#open.get(feature)?.keys() ?? [])]) this.stop(feature, client, atMs)
  }

  /** Everything open stops at one time and starts at another: the clock was set in between. */
  cut(stopMs: number, startMs: number): void {
    for (const [feature, open] of [...this.#open]) {
      const clients = [...open.keys()]
      this.stopAll(feature, stopMs)
      for (const client of clients) this.start(feature, client, startMs)
    }
  }

  /**
   * Bodies that bring the log up to `atMs`. Stops come first, for a session may have stopped and started again. Only
   * the last says `at`: a log that ends before it does not claim what it has not got.
   */
  flush(atMs: number): SessionLogBody[] {
    const bodies: SessionLogBody[] = []
    for (const [feature, stops] of this.#stops)
      for (const stop of chunks(stops)) bodies.push({ feature, stop })
    for (const [feature, starts] of this.#starts)
      for (const start of chunks([...starts])) bodies.push({ feature, start })
    this.#stops = new Map()
    this.#starts = new Map()
    return endingAt(bodies, atMs)
  }

  /** Bodies that stop what a PoP left open when it was killed, at the newest time that the log vouches for. */
  closeLogged(): SessionLogBody[] {
    const bodies = [...this.#logged.values()].flatMap(({ feature, starts }) =>
      chunks([...starts]).map((chunk) => ({
        feature,
        stop: chunk.map(([client, startMs]): [string, number, number] => [
          client,
          startMs,
          Math.max(startMs, this.#atMs),
        ]),
      })),
    )
    return bodies.length > 0 ? endingAt(bodies, this.#atMs) : []
  }

  /** A body is in the log. */
  logged({ feature, start = [], stop = [], at = 0 }: SessionLogBody): void {
    this.#atMs = Math.max(this.#atMs, at)
    this.#latestMs = Math.max(this.#latestMs, at)
    if (!feature) return
    const of = entryOf(this.#logged, feature.id, () => ({ feature, starts: new Map() }))
    for (const [client, , stopMs] of stop) {
      of.starts.delete(client)
      this.#latestMs = Math.max(this.#latestMs, stopMs)
    }
    for (const [client, startMs] of start) {
      of.starts.set(client, startMs)
      this.#latestMs = Math.max(this.#latestMs, startMs)
    }
    if (of.starts.size === 0) this.#logged.delete(feature.id)
  }

  snapshot(): IntervalsSnapshot {
    const open = [...this.#logged.values()].map(({ feature, starts }) => ({ feature, starts: [...starts] }))
    return { open, atMs: this.#atMs, latestMs: this.#latestMs }
  }

  restore({ open, atMs, latestMs }: IntervalsSnapshot): void {
    this.#logged = new Map(
      open.map(({ feature, starts }) => [feature.id, { feature, starts: new Map(starts) }]),
    )
    this.#atMs = atMs
    this.#latestMs = latestMs
  }
}

function endingAt(bodies: SessionLogBody[], at: number): SessionLogBody[] {
  const last = bodies.pop()
  return [...bodies, { ...last, at }]
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

function take(map: Map<Feature, Starts>, feature: Feature, client: string): number | undefined {
  const starts = map.get(feature)
  const startMs = starts?.get(client)
  starts?.delete(client)
  if (starts?.size === 0) map.delete(feature)
  return startMs
}

function chunks<T>(items: readonly T[]): T[][] {
  const all: T[][] = []
  for (let i = 0; i < items.length; i += SESSIONS_PER_RECORD_MAX)
    all.push(items.slice(i, i + SESSIONS_PER_RECORD_MAX))
  return all
}
