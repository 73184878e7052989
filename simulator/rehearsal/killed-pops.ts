// PoPs whose processes a rehearsal kills and starts again: which are gone, and what their earlier processes used.
import { cpuSeconds } from './admin-requests.ts'
import type { RehearsalClock } from './clock.ts'
import type { ProcessGroup } from './process-group.ts'
import type { RunningPop } from './servers.ts'

export class KilledPops {
  readonly #group: ProcessGroup
  readonly #pops: readonly RunningPop[]
  readonly #clock: RehearsalClock
  readonly #gone = new Set<string>()
  readonly #starting: Promise<void>[] = []
  /** Processor seconds of processes that were killed, by venue. */
  readonly #cpuS = new Map<string, number>()
  readonly #startsMs: number[] = []

  constructor(group: ProcessGroup, pops: readonly RunningPop[], clock: RehearsalClock) {
    this.#group = group
    this.#pops = pops
    this.#clock = clock
  }

  /** Whether the venue's PoP cannot be asked now. */
  isGone(venue: string): boolean {
    return this.#gone.has(venue)
  }

  /** `kill -9`: the PoP is told nothing. Resolves when the process is gone. */
  async kill(venue: string): Promise<void> {
    const pop = this.#popOf(venue)
    const usedS = await cpuSeconds(pop.adminPort)
    this.#gone.add(venue)
    await this.#group.kill(pop.child)
    this.#cpuS.set(venue, (this.#cpuS.get(venue) ?? 0) + usedS)
  }

  /** Starts the process again, and does not wait until it is ready: `ready` does. */
  start(venue: string): void {
    const pop = this.#popOf(venue)
    const sinceMs = this.#clock.monotonicMs()
    const starting = pop.again().then((child) => {
      this.#startsMs.push(Math.round(this.#clock.monotonicMs() - sinceMs))
      pop.child = child
      this.#gone.delete(venue)
    })
    // What fails is told by `ready`.
    starting.catch(() => undefined)
    this.#starting.push(starting)
  }

  /** All that were started take sessions. Rejects where one did not come up. */
  async ready(): Promise<void> {
    await Promise.all(this.#starting)
  }

  /** How long each start took until the PoP was ready, ms. */
  get startsMs(): readonly number[] {
    return this.#startsMs
  }

  /** Processor seconds of the venue's PoP, over all its processes. */
  async cpuSeconds(venue: string): Promise<number> {
    return (this.#cpuS.get(venue) ?? 0) + (await cpuSeconds(this.#popOf(venue).adminPort))
  }

  #popOf(venue: string): RunningPop {
    const pop = this.#pops.find((of) => of.venue === venue)
    if (pop === undefined) throw new Error(`No PoP of venue ${venue} in this run`)
    return pop
  }
}
