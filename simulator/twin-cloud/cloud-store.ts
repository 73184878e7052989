// What exists in the twin's cloud: every thing that was created and not deleted, with its inputs as they are now.
import { AwsError } from './aws-error.ts'
import { createTwinResource, type TwinResource, typeOf } from './aws-resources.ts'
import type { Decided } from './judge.ts'
import { unwrapped } from './secret-values.ts'

export type Properties = Record<string, unknown>

export interface Thing {
  urn: string
  type: string
  id: string
  /** As they came, secrets marked. */
  inputs: Properties
  /** What the cloud adds. */
  outputs: Properties
}

/** Identifier and outputs of the `nth` thing of a URN. */
type Answer = (urn: string, inputs: Properties, region: string, nth: number) => TwinResource

/** Settings of another thing: there is one at most, and putting it again overwrites. */
const OVERWRITTEN = /^aws:s3\/bucket\w+:|^aws:(sns\/topicPolicy|acm\/certificateValidation):/

export class CloudStore {
  readonly region: string
  readonly #answer: Answer
  /** In the order of creation. */
  readonly #things = new Map<string, Thing>()
  /** Creations so far, by URN: a replacement is another thing, with another identifier. */
  readonly #created = new Map<string, number>()
  /** Identifiers that were there before us. */
  readonly #given = new Set<string>()

  constructor(region: string, answer: Answer = createTwinResource) {
    this.region = region
    this.#answer = answer
  }

  /** @throws {AwsError} where a thing of that identifier is there already. */
  create(urn: string, inputs: Properties): Thing {
    const nth = (this.#created.get(urn) ?? 0) + 1
    const type = typeOf(urn)
    const { id, outputs } = this.#answer(urn, unwrapped(inputs) as Properties, this.region, nth)
    const thing = { urn, type, id, inputs, outputs }
    if (!OVERWRITTEN.test(type) && this.all().some((other) => isSame(other, thing)))
      throw new AwsError('AlreadyExists', `${type} ${id} already exists`)
    this.#created.set(urn, nth)
    this.#things.set(keyOf(thing), thing)
    return thing
  }

  /** `props` are the outputs that the engine remembers; they tell revisions of one family apart. */
  find(urn: string, id: string, props: Properties = {}): Thing | undefined {
    return this.#things.get(keyOf({ urn, id, outputs: props }))
  }

  /** From now on the thing has these inputs. A launch template keeps its versions, and counts them. */
  change(thing: Thing, inputs: Properties): void {
    thing.inputs = inputs
    const { latestVersion } = thing.outputs
    if (typeof latestVersion === 'number')
      thing.outputs = { ...thing.outputs, latestVersion: latestVersion + 1 }
  }

  /** From now on the thing has the identifier and outputs that a judge gave it. */
  settle(thing: Thing, { id, outputs }: Decided): void {
    this.remove(thing)
    if (id !== undefined) thing.id = id
    thing.outputs = { ...thing.outputs, ...outputs }
    this.#things.set(keyOf(thing), thing)
  }

  remove(thing: Thing): void {
    this.#things.delete(keyOf(thing))
  }

  all(): Thing[] {
    return [...this.#things.values()]
  }

  ofType(type: string): Thing[] {
    return this.all().filter((thing) => thing.type === type)
  }

  /** Notes that `id` exists without our doing: someone asked the cloud for it by name. */
  give(id: string): void {
    this.#given.add(id)
  }

  isGiven(id: string): boolean {
    return this.#given.has(id)
  }
}

function keyOf({ urn, id, outputs }: Pick<Thing, 'urn' | 'id' | 'outputs'>): string {
  return [urn, id, outputs.revision ?? ''].join(' ')
}

/** Things in clusters of their own may share a name, so only those of AWS are held against each other. */
function isSame(a: Thing, b: Thing): boolean {
  return (
    a.type.startsWith('aws:') &&
    a.type === b.type &&
    a.id === b.id &&
    a.outputs.revision === b.outputs.revision
  )
}
