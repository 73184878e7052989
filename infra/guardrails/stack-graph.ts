// The resource graph of a stack as the policy engine shows it, so that it is judged by what would be deployed.
import type { PolicyResource } from '@pulumi/policy'
import type { EventSpec } from '../event/event.ts'
import type { ResourceGraph, ResourceNode } from '../graph.ts'
import { recordGraph } from '../resource-graph.ts'

/** Stands where a value is known only after the deployment. */
export const UNKNOWN = '[unknown]'

type StackResource = Pick<PolicyResource, 'urn' | 'type' | 'name' | 'props' | 'parent' | 'dependencies'>

/** `inputs` are what each resource was registered with, by URN: a stack shows outputs, and a component's has none. */
export function stackGraph(
  resources: readonly StackResource[],
  inputs: ReadonlyMap<string, Record<string, unknown>>,
): ResourceGraph {
  const [, , stack = '', project = ''] = /^urn:pulumi:((.+?)::(.+?))::/.exec(resources[0]?.urn ?? '') ?? []
  return {
    project,
    stack,
    resources: resources.map(
      ({ urn, type, name, props, parent, dependencies }): ResourceNode => ({
        ...{ urn, type, name },
        inputs: inputs.get(urn) ?? known(props),
        parent: parent?.urn ?? null,
        dependencies: dependencies.map((of) => of.urn).sort(),
      }),
    ),
  }
}

/**
 * With what other stacks of the event have, as a recording has it: a part of an event cannot be judged by itself.
 */
export async function wholeGraph(graph: ResourceGraph, event: EventSpec): Promise<ResourceGraph> {
  const wanted = ['central', ...event.venues.map(({ name }) => name)]
  const components = ({ resources }: ResourceGraph) =>
    resources.filter(({ type }) => type.startsWith('micropop:'))
  const there = new Set(components(graph).map(({ name }) => name))
  if (wanted.every((name) => there.has(name))) return graph
  const recorded = await recordGraph(event)
  const lacking = new Set(
    components(recorded)
      .filter(({ name }) => !there.has(name))
      .map(({ urn }) => urn),
  )
  const others = recorded.resources.filter(({ urn, parent }) => lacking.has(urn) || lacking.has(parent ?? ''))
  return { ...graph, resources: [...graph.resources, ...others] }
}

/** A resource's properties as plain JSON. */
export function known(props: Record<string, unknown>): Record<string, unknown> {
  return plain(props) as Record<string, unknown>
}

/** The engine's objects throw where an unknown value is read, by whatever reads it. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, i) => read(value, i))
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(value, key)]))
}

function read(of: object, key: string | number): unknown {
  let value: unknown
  try {
    value = (of as Record<string | number, unknown>)[key]
  } catch {
    return UNKNOWN
  }
  return plain(value)
}
