// The twin's cloud as one whole: what is in it, what it refuses, and what runs in it.
import { CloudStore, type Properties, type Thing } from './cloud-store.ts'
import { Faults } from './faults.ts'
import { References } from './references.ts'

/** What runs on things: told of each before it counts as made or changed, and before it goes. */
export interface Machines {
  created: (thing: Thing) => Promise<void>
  changed: (thing: Thing) => Promise<void>
  deleting: (thing: Thing) => Promise<void>
}

/** Makes a thing and what runs on it; it is gone again where that does not start. */
export async function bringUp(
  store: CloudStore,
  machines: Machines,
  urn: string,
  inputs: Properties,
): Promise<Thing> {
  const thing = store.create(urn, inputs)
  try {
    await machines.created(thing)
    return thing
  } catch (error) {
    store.remove(thing)
    throw error
  }
}

const NOTHING_RUNS: Machines = {
  created: async () => {},
  changed: async () => {},
  deleting: async () => {},
}

export interface Retry {
  /** Short name of the type. */
  type: string
  code: string
}

interface Options {
  /** Where everything is, e.g. `eu-west-1`; it shows in ARNs and zone names. */
  region: string
  /** Default: nothing runs, things are names only. */
  machines?: Machines
  /** Waits before the provider asks again. Default: does not wait. */
  sleep?: (ms: number) => Promise<void>
}

export class TwinCloud {
  readonly region: string
  readonly store: CloudStore
  readonly references: References
  readonly faults = new Faults()
  readonly machines: Machines
  readonly sleep: (ms: number) => Promise<void>
  /** What the provider asked again for, in order. */
  readonly retries: Retry[] = []

  constructor({ region, machines = NOTHING_RUNS, sleep = async () => {} }: Options) {
    this.region = region
    this.store = new CloudStore(region)
    this.references = new References(this.store)
    this.machines = machines
    this.sleep = sleep
  }

  onRetry(retry: Retry): void {
    this.retries.push(retry)
  }
}
