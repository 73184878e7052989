// A provider named `kubernetes` whose clusters keep what they are given: for deployment rehearsals of venues on k3s. That
// a real API server takes the manifests is tested elsewhere.
import { isDeepStrictEqual } from 'node:util'
import kubernetesPackage from '@pulumi/kubernetes/package.json' with { type: 'json' }
import type { Provider } from '@pulumi/pulumi/provider/index.js'
import { typeOf } from './aws-resources.ts'
import { CloudStore, type Properties } from './cloud-store.ts'
import { unwrapped } from './secret-values.ts'
import { bringUp, type Machines } from './twin-cloud.ts'

interface ObjectInputs {
  metadata?: { name?: string; namespace?: string }
  spec?: Properties
}

/** Every object by namespace and name; the venues' clusters lie side by side, apart by their URNs. */
export function clusterStore(): CloudStore {
  return new CloudStore('', (urn, inputs) => {
    const { metadata = {} } = inputs as ObjectInputs
    const name = metadata.name ?? urn.split('::')[3] ?? ''
    return { id: metadata.namespace === undefined ? name : `${metadata.namespace}/${name}`, outputs: {} }
  })
}

/** Fields that Kubernetes lets nobody change: another value is another object. */
const IMMUTABLE: Record<string, string[]> = {
  'kubernetes:apps/v1:StatefulSet': [
    'podManagementPolicy',
    'selector',
    'serviceName',
    'volumeClaimTemplates',
  ],
}

export function twinKubernetesProvider(store: CloudStore, machines: Machines): Provider {
  return {
    version: kubernetesPackage.version,
    async diff(_id, urn, olds: Properties, news: Properties) {
      const [before, after] = [unwrapped(olds), unwrapped(news)] as ObjectInputs[]
      const moved = (['name', 'namespace'] as const).filter(
        (key) => before?.metadata?.[key] !== after?.metadata?.[key],
      )
      const fixed = (IMMUTABLE[typeOf(urn)] ?? []).filter(
        (key) => !isDeepStrictEqual(before?.spec?.[key], after?.spec?.[key]),
      )
      const replaces = [...moved.map((key) => `metadata.${key}`), ...fixed.map((key) => `spec.${key}`)]
      return { changes: !isDeepStrictEqual(before, after), replaces }
    },
    async create(urn, inputs: Properties) {
      const { id } = await bringUp(store, machines, urn, inputs)
      return { id, outs: inputs }
    },
    async update(id, urn, _olds, news: Properties) {
      const thing = store.find(urn, id)
      if (thing === undefined) throw new Error(`${id} not found`)
      store.change(thing, news)
      await machines.changed(thing)
      return { outs: news }
    },
    async read(id, urn) {
      const thing = store.find(urn, id)
      if (thing === undefined) return { id: '', props: {} }
      return { id, props: thing.inputs, inputs: thing.inputs }
    },
    async delete(id, urn) {
      const thing = store.find(urn, id)
      if (thing === undefined) return
      await machines.deleting(thing)
      store.remove(thing)
    },
  }
}
