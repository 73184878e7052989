// AWS's own SDK, pointed at an emulator on this machine: one client a service and region, made when it is first asked.

/** What every client of the SDK takes. */
interface ClientConfig {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  maxAttempts: number
  /** Of S3: a bucket is in the path, since no name leads to it on the loopback. */
  forcePathStyle: boolean
}

type ClientClass<C> = new (config: ClientConfig) => C

export class AwsClients {
  readonly #endpoint: string
  readonly #region: string
  readonly #made = new Map<string, Map<unknown, { destroy(): void }>>()

  constructor(endpoint: string, region: string) {
    this.#endpoint = endpoint
    this.#region = region
  }

  /** `region`: default the event's. */
  of<C extends { destroy(): void }>(Client: ClientClass<C>, region = this.#region): C {
    const ofRegion = this.#made.get(region) ?? new Map()
    this.#made.set(region, ofRegion)
    const client = ofRegion.get(Client) ?? new Client(this.#config(region))
    ofRegion.set(Client, client)
    return client
  }

  /** Closes their connections. */
  destroy(): void {
    for (const ofRegion of this.#made.values()) for (const client of ofRegion.values()) client.destroy()
    this.#made.clear()
  }

  #config(region: string): ClientConfig {
    return {
      endpoint: this.#endpoint,
      region,
      // The emulator takes any, and the user's own must not be read.
      credentials: { accessKeyId: 'rehearsal', secretAccessKey: 'rehearsal' },
      // Whether to ask again is decided by the twin's cloud.
      maxAttempts: 1,
      forcePathStyle: true,
    }
  }
}
