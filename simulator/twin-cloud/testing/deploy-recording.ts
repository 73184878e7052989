// Makes the resources of a recorded graph in the twin's cloud without the engine, for tests of every type in seconds: names
// that stand for outputs become the outputs that the cloud gave.
import type { Provider } from '@pulumi/pulumi/provider/index.js'
import type { ResourceGraph, ResourceNode } from '../../../infra/graph.ts'
import { symbol } from '../../../infra/symbolic-outputs.ts'

type Properties = Record<string, unknown>
/** What stands for outputs in a recording, with the outputs. */
type Names = Map<string, unknown>

export interface Made {
  urn: string
  id: string
  outs: Properties
}

/** In the order in which they were made. Rejects with what the cloud refuses. */
export async function deployRecording(graph: ResourceGraph, provider: Provider): Promise<Made[]> {
  const before = await lookedUp(graph, provider)
  const made: Made[] = []
  /** By URN: a name may stand for outputs of two types, and a resource means that one which it depends on. */
  const outputs = new Map<string, { own: Names; all: Names }>()
  const pending = new Map(
    graph.resources.filter(({ type }) => type.startsWith('aws:')).map((node) => [node.urn, node]),
  )
  while (pending.size > 0) {
    const ready = [...pending.values()].filter(
      ({ dependencies }) => !dependencies.some((urn) => pending.has(urn)),
    )
    if (ready.length === 0) throw new Error(`these wait for each other: ${[...pending.keys()].join(', ')}`)
    for (const node of ready) {
      const needed = node.dependencies.flatMap((urn) => outputs.get(urn) ?? [])
      const known: Names = new Map(
        [before, ...needed.map(({ all }) => all), ...needed.map(({ own }) => own)].flatMap((each) => [
          ...each,
        ]),
      )
      const created = await provider.create?.(node.urn, resolved(node.inputs, known) as Properties)
      const { id = '', outs = {} } = created ?? {}
      made.push({ urn: node.urn, id, outs })
      const own = namesOf(node, id, outs)
      outputs.set(node.urn, { own, all: new Map([...known, ...own]) })
      pending.delete(node.urn)
    }
  }
  return made
}

/** The last made first. */
export async function destroyRecording(made: Made[], provider: Provider): Promise<void> {
  for (const { urn, id, outs } of made.toReversed()) await provider.delete?.(id, urn, outs)
}

/** What a recording has names for before anything is made. */
async function lookedUp(graph: ResourceGraph, provider: Provider): Promise<Names> {
  const text = JSON.stringify(graph.resources)
  const zones = new Set([...text.matchAll(/"zone\.([a-z0-9.-]+)\.id"/g)].map(([, name]) => name ?? ''))
  const known: Names = new Map()
  for (const name of zones) {
    const zone = await provider.invoke?.('aws:route53/getZone:getZone', { name })
    known.set(`zone.${name}.id`, zone?.outputs?.zoneId)
  }
  return known
}

function namesOf({ type, name }: ResourceNode, id: string, outs: Properties): Names {
  const of = symbol(type, name)
  const names: Names = new Map([[`${of}.id`, id as unknown]])
  for (const [output, value] of Object.entries(outs)) {
    if (['string', 'number'].includes(typeof value)) names.set(`${of}.${output}`, value)
  }
  const [secret] = (outs.masterUserSecrets ?? []) as { secretArn: string }[]
  if (secret !== undefined) names.set(`${of}.masterUserSecret.arn`, secret.secretArn)
  const [proof] = (outs.domainValidationOptions ?? []) as Record<string, string>[]
  if (proof !== undefined) {
    names.set(`${of}.validation.name`, proof.resourceRecordName)
    names.set(`${of}.validation.value`, proof.resourceRecordValue)
  }
  return names
}

function resolved(value: unknown, known: Names): unknown {
  if (typeof value === 'string') return withOutputs(value, known)
  if (Array.isArray(value)) return value.map((each) => resolved(each, known))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each, known)]))
}

function withOutputs(text: string, known: Names): unknown {
  if (known.has(text)) return known.get(text)
  // The longest first: a name may begin another.
  const names = [...known.keys()].filter((name) => text.includes(name)).sort((a, b) => b.length - a.length)
  return names.reduce((done, name) => done.replaceAll(name, String(known.get(name))), text)
}
