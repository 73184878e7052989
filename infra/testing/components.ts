// Components of a recorded graph as tests look at them, and as people read them: one YAML document a component.
import { stringify } from 'yaml'
import type { ResourceGraph, ResourceNode } from '../graph.ts'

export function component({ resources }: ResourceGraph, name: string): ResourceNode {
  const node = resources.find((each) => each.name === name && each.type.startsWith('micropop:'))
  if (node === undefined) throw new Error(`no component ${name}`)
  return node
}

/** The child of that type, of the component of that name; `name` where there are several. */
export function child(graph: ResourceGraph, parent: string, type: string, name?: string): ResourceNode {
  const { urn } = component(graph, parent)
  const node = graph.resources.find(
    (each) => each.parent === urn && each.type === type && (name === undefined || each.name === name),
  )
  if (node === undefined) throw new Error(`${parent} has no ${type} ${name ?? ''}`)
  return node
}

/** Every input of the component and of its children, by `type name`. User data is in plain text, however it is coded. */
export function readable(graph: ResourceGraph, name: string): string {
  const { urn } = component(graph, name)
  const nodes = graph.resources.filter((each) => each.urn === urn || each.parent === urn)
  const inputs = Object.fromEntries(nodes.map((node) => [`${node.type} ${node.name}`, node.inputs]))
  const plain = JSON.parse(JSON.stringify(inputs), (key, value) =>
    key === 'userData' ? decoded(value) : value,
  )
  return stringify(plain, { aliasDuplicateObjects: false, lineWidth: 0 })
}

function decoded(userData: string): string {
  return userData.startsWith('#') ? userData : Buffer.from(userData, 'base64').toString('utf8')
}
