// Connections that have not yet said what they want. When there are too many, the oldest of the address that has most
// of them goes: a flood from one address evicts itself, and who has just come gets time to speak.

/** A connection younger than this is not evicted by another of its own address: in a rush, those nearly done finish. */
const GRACE_MS = 2_000

/** What becomes of a new connection. `evict`: it may stay, and this one goes. */
export type Arrival<C> = { verdict: 'stay' } | { verdict: 'evict'; connection: C } | { verdict: 'refuse' }

export class SilentConnections<C> {
  readonly #max: number
  readonly #byAddress = new Map<string, Map<C, number>>()
  readonly #addresses = new Map<C, string>()

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#addresses.size
  }

  arrive(connection: C, address: string, nowMs: number): Arrival<C> {
    if (this.size < this.#max) {
      this.#add(connection, address, nowMs)
      return { verdict: 'stay' }
    }
    const greediest = this.#greediest()
    const [oldest] = this.#byAddress.get(greediest) ?? []
    if (!oldest) return { verdict: 'refuse' }
    const [evicted, sinceMs] = oldest
    if (address === greediest && nowMs - sinceMs < GRACE_MS) return { verdict: 'refuse' }
    this.leave(evicted)
    this.#add(connection, address, nowMs)
    return { verdict: 'evict', connection: evicted }
  }

  /** It spoke or it is closed. A connection that is not among them is none of this one's business. */
  leave(connection: C): void {
    const address = this.#addresses.get(connection)
    if (address === undefined) return
    this.#addresses.delete(connection)
    const ofAddress = this.#byAddress.get(address)
    ofAddress?.delete(connection)
    if (ofAddress?.size === 0) this.#byAddress.delete(address)
  }

  #add(connection: C, address: string, nowMs: number): void {
    this.#addresses.set(connection, address)
    const ofAddress = this.#byAddress.get(address)
    if (ofAddress) ofAddress.set(connection, nowMs)
    else this.#byAddress.set(address, new Map([[connection, nowMs]]))
  }

  /** Looks at each address: only while there are too many, and then at most `max` of them. */
  #greediest(): string {
    let most = 0
    let greediest = ''
    for (const [address, { size }] of this.#byAddress) {
      if (size <= most) continue
      most = size
      greediest = address
    }
    return greediest
  }
}
