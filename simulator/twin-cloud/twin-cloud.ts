// The twin's cloud as one whole: what is in it, what it refuses, and what runs in it.
import { CloudStore, type Properties, type Thing } from './cloud-store.ts'
import { Faults } from './faults.ts'
import { type Judge, NOBODY_JUDGES } from './judge.ts'
import { References } from './references.ts'

/** What runs on things: told of each before it counts as made or changed, and before it goes. */
export interface Machines {
  created: (thing: Thing) => Promise<void>
  changed: (thing: Thing) => Promise<void>
  deleting: (thing: Thing) => Promise<void>
}

/** Where things are made: a store, or a cloud that has one and a judge. */
interface Maker {
  create(urn: string, inputs: Properties): Thing | Promise<Thing>
  remove(thing: Thing): void | Promise<void>
}

/** Makes a thing and what runs on it; it is gone again where that does not start. */
export async function bringUp(
  maker: Maker,
  machines: Machines,
  urn: string,
  inputs: Properties,
): Promise<Thing> {
  const thing = await maker.create(urn, inputs)
  try {
    await machines.created(thing)
    return thing
  } catch (error) {
    await maker.remove(thing)
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
  /** Default: the twin's cloud judges alone. */
  judge?: Judge
  /** Waits before the provider asks again. Default: does not wait. */
  sleep?: (ms: number) => Promise<void>
}

export class TwinCloud {
  readonly region: string
  readonly store: CloudStore
  readonly references: References
  readonly faults = new Faults()
  readonly machines: Machines
  readonly judge: Judge
  readonly sleep: (ms: number) => Promise<void>
  /** What the provider asked again for, in order. */
  readonly retries: Retry[] = []

  constructor({ region, machines = NOTHING_RUNS, judge = NOBODY_JUDGES, sleep = async () => {} }: Options) {
    this.region = region
    this.store = new CloudStore(region)
    this.references = new References(this.store)
    this.machines = machines
    this.judge = judge
    this.sleep = sleep
  }

  /** @throws {AwsError} where it is there already, or is refused. */
  async create(urn: string, inputs: Properties): Promise<Thing> {
    const thing = this.store.create(urn, inputs)
    try {
      this.store.settle(thing, await this.judge.create(thing))
    } catch (error) {
      this.store.remove(thing)
      throw error
    }
    return thing
  }

  /** @throws {AwsError} where it is refused: the thing is then as it was. */
  async change(thing: Thing, inputs: Properties): Promise<void> {
    const decided = await this.judge.update(thing, inputs)
    this.store.change(thing, inputs)
    this.store.settle(thing, decided)
  }

  /** @throws {AwsError} where it is refused. */
  async remove(thing: Thing): Promise<void> {
    await this.judge.delete(thing)
    this.store.remove(thing)
  }

  /** The thing, where it is still there: a judge may know that someone took it away. */
  async look(urn: string, id: string, props: Properties): Promise<Thing | undefined> {
    const thing = this.store.find(urn, id, props)
    if (thing === undefined || (await this.judge.exists(thing))) return thing
    this.store.remove(thing)
    return undefined
  }

  onRetry(retry: Retry): void {
    this.retries.push(retry)
  }
}
