// The resource graph as text: a tree per component, each line a resource's type and name, as the Pulumi CLI shows them.
import type { ResourceGraph, ResourceNode } from './graph.ts'

/** Lines of the form `├─ aws:ec2:Instance  remote-pop`, names in one column. Ends without a newline. */
export function graphTree(graph: ResourceGraph): string {
  const children = Map.groupBy(graph.resources, (resource) => resource.parent)

  function under(parent: string | null, indent: string): [tree: string, name: string][] {
    const siblings = children.get(parent) ?? []
    return siblings.flatMap((resource, i) => {
      const isLast = i === siblings.length - 1
      const [branch, trunk] = parent === null ? ['', ''] : isLast ? ['└─ ', '   '] : ['├─ ', '│  ']
      return [
        [`${indent}${branch}${shortType(resource.type)}`, named(resource, children)] as [string, string],
        ...under(resource.urn, indent + trunk),
      ]
    })
  }

  const rows = under(null, '')
  const width = Math.max(...rows.map(([tree]) => tree.length))
  const lines = rows.map(([tree, name]) => `${tree.padEnd(width)}  ${name}`)
  return [...lines, '', `${graph.resources.length} resources`].join('\n')
}

/** The name, and behind a component's how many resources it has. */
function named(resource: ResourceNode, children: Map<string | null, ResourceNode[]>): string {
  const count = children.get(resource.urn)?.length
  return count === undefined ? resource.name : `${resource.name} (${count})`
}

/** `aws:ec2/instance:Instance` is `aws:ec2:Instance`: the file of the type says nothing more. */
function shortType(type: string): string {
  const [provider, module = '', kind = ''] = type.split(':')
  const [folder, file] = module.split('/')
  return file?.toLowerCase() === kind.toLowerCase() ? `${provider}:${folder}:${kind}` : type
}
