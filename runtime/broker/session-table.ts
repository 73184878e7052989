// Which client has its session where: one session a client, whichever thread it comes to, and what it is subscribed to.

export interface SessionPlace {
  thread: number
  /** Given by the thread. */
  session: number
}

interface Entry extends SessionPlace {
  client: string
  /** Few, and no longer than it must be, for there are as many as sessions. */
  channels: readonly string[]
}

/** What the end of a session ends with it. */
export interface Ended extends SessionPlace {
  client: string
  channels: readonly string[]
}

export class SessionTable {
  readonly #byClient = new Map<string, Entry>()
  /** By thread, then by session. */
  readonly #byPlace: Map<number, Entry>[] = []

  get size(): number {
    return this.#byClient.size
  }

  /** The client's former session, which ends with this. */
  hello({ thread, session }: SessionPlace, client: string): Ended | null {
    const former = this.#byClient.get(client)
    const ended = former ? this.#end(former) : null
    const entry = { thread, session, client, channels: [] }
    this.#byClient.set(client, entry)
    this.#byPlace[thread] ??= new Map()
    this.#byPlace[thread].set(session, entry)
    return ended
  }

  /** Null where the session never said hello, or was replaced. */
  gone(place: SessionPlace): Ended | null {
    const entry = this.#at(place)
    return entry ? this.#end(entry) : null
  }

  /** The client, which is subscribed to the channel from here on, if it was not before; null where it has left. */
  joined(place: SessionPlace, ch: string): string | null {
    const entry = this.#at(place)
    if (!entry) return null
    if (!entry.channels.includes(ch)) entry.channels = entry.channels.concat(ch)
    return entry.client
  }

  /** The client, where it was subscribed to the channel. */
  left(place: SessionPlace, ch: string): string | null {
    const entry = this.#at(place)
    if (!entry?.channels.includes(ch)) return null
    entry.channels = entry.channels.filter((other) => other !== ch)
    return entry.client
  }

  /** Thread of the client's session. */
  threadOf(client: string): number | undefined {
    return this.#byClient.get(client)?.thread
  }

  #at({ thread, session }: SessionPlace): Entry | undefined {
    return this.#byPlace[thread]?.get(session)
  }

  #end({ thread, session, client, channels }: Entry): Ended {
    this.#byClient.delete(client)
    this.#byPlace[thread]?.delete(session)
    return { thread, session, client, channels }
  }
}
