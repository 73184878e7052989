// A provider named `aws` that lets the real Pulumi engine deploy our program into the twin's cloud: what is created
// exists until it is deleted, what is changed is changed or replaced by the provider's rules, what AWS refuses is refused.
import { isDeepStrictEqual } from 'node:util'
import awsPackage from '@pulumi/aws/package.json' with { type: 'json' }
import type { Provider } from '@pulumi/pulumi/provider/index.js'
import { answerInvoke } from './aws-data-sources.ts'
import { AwsError } from './aws-error.ts'
import { createTwinResource, TWIN_TYPES, typeOf } from './aws-resources.ts'
import type { Properties, Thing } from './cloud-store.ts'
import { shortType } from './faults.ts'
import { replacedBy } from './replace-rules.ts'
import { withRetries } from './retry.ts'
import { unwrapped } from './secret-values.ts'
import { bringUp, type TwinCloud } from './twin-cloud.ts'

export function twinAwsProvider(cloud: TwinCloud): Provider {
  const { region, store, references, faults, machines, judge } = cloud

  /** As the bridged provider words it. */
  async function calling<T>(what: string, urn: string, call: () => Promise<T>): Promise<T> {
    const type = shortType(typeOf(urn))
    try {
      const onRetry = ({ code }: AwsError) => cloud.onRetry({ type, code })
      return await withRetries(call, { sleep: cloud.sleep, onRetry })
    } catch (error) {
      if (error instanceof AwsError) throw new Error(`${what} ${type}: ${error.message}`)
      throw error
    }
  }

  function existing(urn: string, id: string, props: Properties): Thing {
    const thing = store.find(urn, id, props)
    if (thing === undefined) throw new AwsError('NotFound', `${id} does not exist`)
    return thing
  }

  return {
    version: awsPackage.version,
    async check(urn, _olds, news: Properties) {
      if (TWIN_TYPES.has(typeOf(urn))) return { inputs: news }
      return { failures: [{ property: '', reason: `the twin's cloud has no ${typeOf(urn)}` }] }
    },
    async diff(_id, urn, olds: Properties, news: Properties) {
      const before = unwrapped(olds) as Properties
      const after = unwrapped(news) as Properties
      const { outputs } = createTwinResource(urn, before, region)
      const keys = new Set([...Object.keys(before), ...Object.keys(after)])
      const changed = [...keys].filter(
        (key) => !(key in outputs && !(key in after)) && !isDeepStrictEqual(before[key], after[key]),
      )
      const replaces = replacedBy(typeOf(urn), before, after).filter((path) =>
        changed.includes(path.split('.')[0] ?? path),
      )
      return { changes: changed.length > 0, replaces }
    },
    create(urn, inputs: Properties) {
      return calling('creating', urn, async () => {
        faults.strike(typeOf(urn))
        references.check(typeOf(urn), inputs)
        const thing = await bringUp(cloud, machines, urn, inputs)
        return { id: thing.id, outs: { ...thing.outputs, ...thing.inputs } }
      })
    },
    update(id, urn, olds: Properties, news: Properties) {
      return calling('updating', urn, async () => {
        const thing = existing(urn, id, olds)
        references.check(thing.type, news)
        await cloud.change(thing, news)
        await machines.changed(thing)
        return { outs: { ...thing.outputs, ...news } }
      })
    },
    async read(id, urn, props: Properties = {}) {
      const thing = await cloud.look(urn, id, props)
      if (thing === undefined) return { id: '', props: {} }
      return { id, props: { ...thing.outputs, ...thing.inputs }, inputs: thing.inputs }
    },
    async delete(id, urn, props: Properties) {
      const thing = store.find(urn, id, props)
      // Deleting what is gone is done.
      if (thing === undefined) return
      await calling('deleting', urn, async () => references.checkUnused(thing))
      await machines.deleting(thing)
      await calling('deleting', urn, () => cloud.remove(thing))
    },
    async invoke(token, args: Properties) {
      const outputs = await judge.given(token, answerInvoke(token, args, region))
      // What is looked up by its identifier was there before us, and may be named.
      if (typeof outputs.id === 'string') store.give(outputs.id)
      return { outputs }
    },
  }
}
