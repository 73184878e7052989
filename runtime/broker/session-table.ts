// Which client has its session where: one session a client, whichever thread it comes to, and what it is subscribed to.

export interface SessionPlace {
  thread: number
  /** Given by the thread. */
  session: number
}

interface Entry extends SessionPlace {
  client: string
  channels: Set<string>
}

/** What the end of a session ends with it. */
export interface Ended extends SessionPlace {
  client: string
  channels: string[]
}

export class SessionTable {
  readonly #byClient = new Map<string, Entry>()
  /** By thread and session. */
  readonly #byPlace = new Map<string, Entry>()

  get size(): number {
    return this.#byClient.size
  }

  /** The client's former session, which ends with this. */
  hello({ thread, session }: SessionPlace, client: string): Ended | null {
    const former = this.#byClient.get(client)
    const ended = former ? this.#end(former) : null
    const entry = { thread, session, client, channels: new Set<string>() }
    this.#byClient.set(client, entry)
    this.#byPlace.set(keyOf(entry), entry)
    return ended
  }

  /** Null where the session never said hello, or was replaced. */
  gone(place: SessionPlace): Ended | null {
    const entry = this.#byPlace.get(keyOf(place))
    return entry ? this.#end(entry) : null
  }

  /** The client, where it was not subscribed to the channel before. */
  joined(place: SessionPlace, ch: string): string | null {
    const entry = this.#byPlace.get(keyOf(place))
    if (!entry || entry.channels.has(ch)) return null
    entry.channels.add(ch)
    return entry.client
  }

  /** The client, where it was subscribed to the channel. */
  left(place: SessionPlace, ch: string): string | null {
    const entry = this.#byPlace.get(keyOf(place))
    return entry?.channels.delete(ch) ? entry.client : null
  }

  /** Thread of the client's session. */
  threadOf(client: string): number | undefined {
    return this.#byClient.get(client)?.thread
  }

  #end(entry: Entry): Ended {
    this.#byClient.delete(entry.client)
    this.#byPlace.delete(keyOf(entry))
    const { thread, session, client, channels } = entry
    return { thread, session, client, channels: [...channels] }
  }
}

function keyOf({ thread, session }: SessionPlace): string {
  return `${thread}/${session}`
}
