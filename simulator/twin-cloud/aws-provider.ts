// A provider named `aws` that lets the real Pulumi engine deploy our program without AWS: it creates nothing, echoes
// inputs and answers with identifiers of the right shape. Started as a process, it serves on a free loopback port and
// prints it; the engine attaches by PULUMI_DEBUG_PROVIDERS=aws:PORT.

import { isDeepStrictEqual } from 'node:util'
import awsPackage from '@pulumi/aws/package.json' with { type: 'json' }
import { main, type Provider } from '@pulumi/pulumi/provider/index.js'
import { answerInvoke } from './aws-data-sources.ts'
import { createTwinResource, TWIN_TYPES, typeOf } from './aws-resources.ts'

type Properties = Record<string, unknown>

/**
 * State lives in the engine's stack alone. Every change is made in place: what AWS would replace is not modelled.
 *
 * @param region where everything is, e.g. `eu-west-1`; it shows in ARNs and zone names.
 */
export function twinAwsProvider(region: string): Provider {
  return {
    version: awsPackage.version,
    async check(urn, _olds, news: Properties) {
      if (TWIN_TYPES.has(typeOf(urn))) return { inputs: news }
      return { failures: [{ property: '', reason: `the twin's cloud has no ${typeOf(urn)}` }] }
    },
    async diff(_id, urn, olds: Properties, news: Properties) {
      const { outputs } = createTwinResource(urn, olds, region)
      const keys = new Set([...Object.keys(olds), ...Object.keys(news)])
      const changed = [...keys].filter(
        (key) => !(key in outputs && !(key in news)) && !isDeepStrictEqual(olds[key], news[key]),
      )
      return { changes: changed.length > 0 }
    },
    async create(urn, inputs: Properties) {
      const { id, outputs } = createTwinResource(urn, inputs, region)
      return { id, outs: { ...outputs, ...inputs } }
    },
    async update(_id, urn, olds: Properties, news: Properties) {
      const { outputs } = createTwinResource(urn, olds, region)
      return { outs: { ...outputs, ...news } }
    },
    async read(id, _urn, props?: Properties) {
      return { id, props: props ?? {} }
    },
    async delete() {},
    async invoke(token, args: Properties) {
      return { outputs: answerInvoke(token, args, region) }
    },
  }
}

if (import.meta.main) {
  const [region] = process.argv.slice(2)
  if (region === undefined) throw new Error('usage: node aws-provider.ts REGION')
  await main(twinAwsProvider(region), [])
}
