// The tree that people read.
import { expect, test } from 'vitest'
import type { ResourceNode } from './graph.ts'
import { graphTree } from './graph-tree.ts'

function node(urn: string, type: string, parent: string | null): ResourceNode {
  return { urn, type, name: urn, inputs: {}, parent, dependencies: [] }
}

test('children hang under their component, types are short and names stand in one column', () => {
  const resources = [
    node('hall', 'micropop:infra:VenuePop', null),
    node('machine', 'aws:ec2/instance:Instance', 'hall'),
    node('pod', 'kubernetes:apps/v1:StatefulSet', 'hall'),
    node('aws', 'pulumi:providers:aws', null),
  ]
  expect(graphTree({ project: 'micropop', stack: 'summit', resources })).toBe(
    `
micropop:infra:VenuePop            hall (2)
├─ aws:ec2:Instance                machine
└─ kubernetes:apps/v1:StatefulSet  pod
pulumi:providers:aws               aws

4 resources`.trimStart(),
  )
})
