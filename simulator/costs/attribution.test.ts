// A line's tags are those that its resource gets in the cloud, so that a forecast groups as the bill will.
import { expect, test } from 'vitest'
import type { ResourceGraph } from '../../infra/graph.ts'
import { recordGraph } from '../../infra/resource-graph.ts'
import { eventWithEverything, eventWithEverythingOnAurora } from '../../infra/testing/events.ts'
import { tagsFinder } from './attribution.ts'
import { expectedCost } from './expected-cost.ts'
import { graphOf, resource } from './testing/fixtures.ts'

const event = eventWithEverything()
const OF_ALL = { 'micropop:event': 'summit', 'micropop:sponsor': 'Acme + Globex' }

function tagsByType(graph: ResourceGraph): Map<string, Record<string, string>[]> {
  const tagsOf = tagsFinder(graph, event.name)
  const found = new Map<string, Record<string, string>[]>()
  for (const node of graph.resources) {
    found.set(node.type, [...(found.get(node.type) ?? []), tagsOf(node)])
  }
  return found
}

test('a resource has the tags that the program gives it, a spot machine those of its group', async () => {
  const found = tagsByType(await recordGraph(event))
  expect(found.get('aws:rds/instance:Instance')).toEqual([
    { ...OF_ALL, 'micropop:venue': 'central', 'micropop:role': 'database' },
  ])
  expect(found.get('aws:autoscaling/group:Group')).toEqual([
    { ...OF_ALL, 'micropop:venue': 'on-spot', 'micropop:role': 'pop' },
  ])
  expect(found.get('aws:cloudfront/distribution:Distribution')).toEqual([
    { ...OF_ALL, 'micropop:venue': 'central', 'micropop:role': 'cdn' },
  ])
})

test('what takes no tags has those of its component, whose role is not its own', async () => {
  const found = tagsByType(await recordGraph(event))
  expect(found.get('aws:s3/bucketReplicationConfig:BucketReplicationConfig')).toEqual([
    { ...OF_ALL, 'micropop:venue': 'central' },
  ])
  expect(found.get('aws:route53/record:Record')).toContainEqual({ ...OF_ALL, 'micropop:venue': 'remote' })
})

test('a resource of nobody has the tags of the event and of what venues share', () => {
  const alone = { ...resource('alone', 'aws:ec2/eip:Eip'), inputs: {} }
  expect(tagsFinder(graphOf(alone), 'show')(alone)).toEqual({
    'micropop:event': 'show',
    'micropop:venue': 'central',
  })
})

test.each([
  ['RDS', event],
  ['Aurora', eventWithEverythingOnAurora()],
])('every line has what AWS has on its resource, and its own venue: on %s', async (_, spec) => {
  const graph = await recordGraph(spec)
  const nodes = new Map(graph.resources.map((node) => [node.urn, node]))
  const { lines } = expectedCost(graph, spec)
  expect(lines.length).toBeGreaterThan(60)
  for (const { urn, venue, tags } of lines) {
    const declared = nodes.get(urn)?.inputs.tags
    if (declared !== undefined && !Array.isArray(declared)) expect(tags, urn).toEqual(declared)
    expect(tags, urn).toMatchObject({ ...OF_ALL, 'micropop:venue': venue })
  }
})
