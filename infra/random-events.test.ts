// Whatever event the loader accepts, its graph is sound: nothing dangles, overlaps, is refused by name or untagged.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { EventSpec } from './event/event.ts'
import { loadEvent } from './event/load.ts'
import type { ResourceGraph } from './graph.ts'
import { recordGraph } from './resource-graph.ts'
import { eventWith } from './testing/events.ts'
import {
  danglingReferences,
  overlappingCidrs,
  referencesIn,
  refusedNames,
  strangePorts,
  untagged,
} from './testing/graph-faults.ts'
import { type RandomEventFile, randomEventFile } from './testing/random-events.ts'

const TIMEOUT_MS = 300_000
const folder = mkdtempSync(join(tmpdir(), 'micropop-random-'))
afterAll(() => rmSync(folder, { recursive: true }))

function load(file: RandomEventFile): EventSpec {
  const path = join(folder, 'event.yaml')
  writeFileSync(path, JSON.stringify(file, null, 1))
  return loadEvent(path)
}

const faultsOf = (graph: ResourceGraph) => ({
  dangling: danglingReferences(graph),
  overlapping: overlappingCidrs(graph),
  refused: refusedNames(graph),
  strange: strangePorts(graph),
  untagged: untagged(graph),
})

const SOUND = { dangling: [], overlapping: [], refused: [], strange: [], untagged: [] }

test('each fault is found where there is one', async () => {
  const sound = await recordGraph(eventWith())
  expect(faultsOf(sound)).toEqual(SOUND)
  const broken = (type: string, breakIt: (inputs: Record<string, unknown>) => void) => {
    const graph = structuredClone(sound)
    breakIt(graph.resources.find((node) => node.type === type)?.inputs ?? {})
    return faultsOf(graph)
  }
  const role = 'aws:iam/role:Role'
  const group = 'aws:ec2/securityGroup:SecurityGroup'
  const gone = { ...sound, resources: sound.resources.filter(({ type }) => type !== role) }
  expect(danglingReferences(gone).length).toBeGreaterThan(1)
  expect(
    broken('aws:ec2/subnet:Subnet', (inputs) => {
      inputs.cidrBlock = '10.64.16.0/20'
    }).overlapping,
  ).toHaveLength(1)
  expect(
    broken('aws:route53/record:Record', (inputs) => {
      inputs.name = `${'a'.repeat(64)}.example.org`
    }).refused,
  ).toHaveLength(1)
  expect(
    broken(group, (inputs) => {
      inputs.ingress = [{ protocol: 'tcp', fromPort: 22, toPort: 22 }]
    }).strange,
  ).toHaveLength(1)
  expect(
    broken('kubernetes:networking.k8s.io/v1:NetworkPolicy', ({ spec }) => {
      ;(spec as { ingress: object[] }).ingress.push({ ports: [{ protocol: 'TCP', port: 22 }] })
    }).strange,
  ).toHaveLength(1)
  expect(
    broken(role, (inputs) => {
      delete inputs.tags
    }).untagged,
  ).toHaveLength(1)
})

test('every event that loads has a sound graph, the same each time', { timeout: TIMEOUT_MS }, async () => {
  await fc.assert(
    fc.asyncProperty(randomEventFile(), async (file) => {
      const spec = load(file)
      const graph = await recordGraph(spec)
      expect(faultsOf(graph)).toEqual(SOUND)
      expect(referencesIn(graph)).toBeGreaterThan(20)
      expect(JSON.stringify(await recordGraph(spec))).toBe(JSON.stringify(graph))
    }),
    { numRuns: 20 },
  )
})

test('a venue more leaves the URNs and inputs of all others as they were', {
  timeout: TIMEOUT_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      randomEventFile().filter(({ venues }) => Object.keys(venues).length > 1),
      fc.nat(),
      async (file, pick) => {
        // The hub knows every PoP.
        const spec = load({ ...file, central: { ...(file.central as object), broker: undefined } })
        const leaves = spec.venues[pick % spec.venues.length]
        const all = await recordGraph(spec)
        const venues = spec.venues.filter((venue) => venue !== leaves)
        const fewer = await recordGraph({ ...spec, venues })
        const kept = all.resources.filter(
          ({ urn, parent }) => ![urn, parent].some((of) => of?.endsWith(`VenuePop::${leaves?.name}`)),
        )
        expect(fewer.resources).toEqual(kept)
      },
    ),
    { numRuns: 8 },
  )
})
