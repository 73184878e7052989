// moto as the judge of what the twin's cloud is asked for: each call goes to it by AWS's own SDK, and its refusal counts.
import { AwsError } from '../aws-error.ts'
import { ACCOUNT } from '../aws-resources.ts'
import type { Properties, Thing } from '../cloud-store.ts'
import type { Decided, Judge } from '../judge.ts'
import { unwrapped } from '../secret-values.ts'
import { AwsClients } from './aws-clients.ts'
import type { Existing } from './judged-type.ts'
import { JUDGED_TYPES } from './judged-types.ts'
import { StandIns } from './stand-ins.ts'

/** What services answer to who describes a thing that is not there. */
const MISSING = /NotFound|NoSuch|DoesNotExist/

/** Of a name that the program does not give: the end of the twin's own identifier, which is drawn from the URN. */
const NAME_DIGITS = 7

export class MotoJudge implements Judge, Disposable {
  readonly #aws: AwsClients
  readonly #standIns: StandIns
  readonly #names = new Map<Thing, string>()

  constructor(endpoint: string, region: string) {
    this.#aws = new AwsClients(endpoint, region)
    this.#standIns = new StandIns(this.#aws)
  }

  async create(thing: Thing): Promise<Decided> {
    this.#names.set(thing, nameOf(thing))
    return (await asked(() => JUDGED_TYPES[thing.type]?.create(this.#asMotoKnows(thing)))) ?? {}
  }

  async update(thing: Thing, inputs: Properties): Promise<Decided> {
    const before = this.#asMotoKnows(thing).inputs
    const after = this.#asMotoKnows({ ...thing, inputs }, this.#names.get(thing))
    return (await asked(() => JUDGED_TYPES[thing.type]?.update?.(after, before))) ?? {}
  }

  async delete(thing: Thing): Promise<void> {
    await asked(() => JUDGED_TYPES[thing.type]?.delete(this.#asMotoKnows(thing)))
    this.#names.delete(thing)
  }

  async exists(thing: Thing): Promise<boolean> {
    try {
      return (await JUDGED_TYPES[thing.type]?.exists(this.#asMotoKnows(thing))) ?? true
    } catch (error) {
      if (MISSING.test((error as Error).name)) return false
      throw asRefusal(error)
    }
  }

  given(token: string, answer: Properties): Promise<Properties> {
    return this.#standIns.answer(token, answer)
  }

  [Symbol.dispose](): void {
    this.#aws.destroy()
  }

  #asMotoKnows(thing: Thing, name = this.#names.get(thing)): Existing<Properties> {
    const inputs = this.#standIns.translated(unwrapped(thing.inputs)) as Properties
    const { id, outputs } = thing
    return { id, outputs, inputs, name: name ?? nameOf(thing), account: ACCOUNT, aws: this.#aws }
  }
}

/** As the twin's cloud makes it unique. */
function nameOf({ urn, id, outputs }: Thing): string {
  const { name, identifier, clusterIdentifier, bucket } = outputs
  const made = name ?? identifier ?? clusterIdentifier ?? bucket
  return typeof made === 'string' ? made : `${urn.split('::')[3]}-${id.slice(-NAME_DIGITS)}`
}

async function asked<T>(call: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    throw asRefusal(error)
  }
}

interface ServiceError extends Error {
  /** As the service says it, where the SDK's own name for it is another. */
  Code?: string
  $metadata?: { httpStatusCode?: number }
}

function asRefusal(error: unknown): Error {
  const { name, Code: code = name, message, $metadata } = error as ServiceError
  const status = $metadata?.httpStatusCode
  if (status === undefined) return error as Error
  if (status >= 500) return new AwsError(code, `${message} (moto itself failed at it, and its log says how)`)
  return new AwsError(code, `${message} (says moto)`)
}
