// The recorded graph: whole, the same every time, tagged, closed to the world where it should be, and free of secrets.
import { runtime, secret } from '@pulumi/pulumi'
import { beforeAll, describe, expect, test } from 'vitest'
import { PORTS } from '../runtime/ports.ts'
import { unsetDeployment } from './deployment.ts'
import type { Ec2Pop, EventSpec } from './event/event.ts'
import { FOREIGN_PORTS } from './foreign-ports.ts'
import { COMPONENT, type ResourceGraph } from './graph.ts'
import { declareEvent } from './program.ts'
import { REDACTED, startRecording } from './recording-monitor.ts'
import { recordGraph } from './resource-graph.ts'
import { TAG } from './tags.ts'
import { child, component } from './testing/components.ts'
import { eventWith, hallVenue, remoteVenue } from './testing/events.ts'
import {
  danglingReferences,
  referencesIn,
  strangePorts,
  takesTags,
  untagged,
} from './testing/graph-faults.ts'
import { decimalUsd } from './units.ts'

let graph: ResourceGraph
beforeAll(async () => {
  graph = await recordGraph(eventWith())
})

const json = (value: unknown) => JSON.stringify(value)

describe('the graph is whole', () => {
  test('there is one central component and one PoP per venue, in parents-first order', () => {
    const roots = graph.resources.filter(({ parent }) => parent === null)
    expect(roots.map(({ type, name }) => `${type} ${name}`)).toEqual([
      `${COMPONENT.central} central`,
      `${COMPONENT.venuePop} hall`,
      `${COMPONENT.venuePop} remote`,
      'pulumi:providers:aws aws',
    ])
    const seen = new Set<string>()
    for (const { urn, parent } of graph.resources) {
      if (parent !== null) expect(seen, urn).toContain(parent)
      seen.add(urn)
    }
  })

  test('nothing needs or reads what is not made before it', () => {
    expect(new Set(graph.resources.map(({ urn }) => urn)).size).toBe(graph.resources.length)
    expect(danglingReferences(graph)).toEqual([])
    expect(referencesIn(graph)).toBeGreaterThan(30)
  })

  test('a component registers its arguments as they are', () => {
    const hall = component(graph, 'hall')
    expect(hall.inputs).toEqual({
      event: 'summit',
      venue: 'hall',
      placement: 'on-site',
      attendees: 1_200,
      stayS: null,
      access: hallVenue().access,
      uplink: { name: 'hall-line', technology: 'fibre', rateBps: 20e6, rttMs: 40 },
      backupUplink: null,
      lineRents: [],
      broker: false,
      pop: {
        platform: 'k3s',
        cores: 4,
        memoryBytes: 16e9,
        queueBytes: 20e9,
        encryptQueue: false,
        https: false,
        reconnectMs: 3,
        statedDisk: null,
        node: null,
        storageClass: null,
        ingress: null,
        rentPerDayUsd: decimalUsd(45_500_000_000_000n),
      },
      zone: 'events.example.com',
      channels: [],
      standing: null,
      auth: 'open',
      tags: tagsOf('hall', 'pop'),
    })
    const { maxPrice: _price, ...pop } = remoteVenue().pop as Ec2Pop
    expect(component(graph, 'remote').inputs.pop).toEqual({ ...pop, maxPriceUsd: null, vcpus: 2 })
    const { zoneLine: _, ...stated } = eventWith().central
    expect(component(graph, 'central').inputs).toEqual({
      event: 'summit',
      region: 'eu-west-1',
      ...stated,
      budgetUsd: null,
      tags: tagsOf('central', 'ingest'),
    })
  })
})

describe('the graph is the same for the same event', () => {
  test('recorded twice, and with another in between', async () => {
    const [again, other, third] = await Promise.all([
      recordGraph(eventWith()),
      recordGraph(eventWith({ name: 'other' })),
      recordGraph(eventWith()),
    ])
    expect(json(again)).toBe(json(graph))
    expect(json(third)).toBe(json(graph))
    expect(other.stack).toBe('other')
  })

  test('a new venue leaves every other resource as it was', async () => {
    const stand = hallVenue({ name: 'annex' })
    const grown = await recordGraph(eventWith({ venues: [stand, hallVenue(), remoteVenue()] }))
    const annex = component(grown, 'annex').urn
    const others = grown.resources.filter(({ urn, parent }) => urn !== annex && parent !== annex)
    expect(others).toEqual(graph.resources)
  })

  test('an event without a CDN has neither a distribution nor a bucket policy', async () => {
    const { central } = eventWith()
    const without = await recordGraph(eventWith({ central: { ...central, cdn: false } }))
    const gone = types(graph).filter((type) => !types(without).includes(type))
    expect(gone.map((type) => type.split(':').at(-1))).toEqual([
      'Distribution',
      'OriginAccessControl',
      'BucketPolicy',
    ])
  })

  test('a planner that refuses leaves nothing behind for the next recording', async () => {
    const pop = { ...remoteVenue().pop, instanceType: 'none.such' } as EventSpec['venues'][number]['pop']
    await expect(recordGraph(eventWith({ venues: [remoteVenue({ pop })] }))).rejects.toThrow(/none\.such/)
    expect(json(await recordGraph(eventWith()))).toBe(json(graph))
  })
})

describe('everything is tagged', () => {
  test('all four tags are on every AWS resource that takes tags, and labels on every one of Kubernetes', () => {
    const taggable = graph.resources.filter(({ type }) => type.startsWith('aws:') && takesTags(type))
    expect(taggable.length).toBeGreaterThan(15)
    expect(untagged(graph)).toEqual([])
  })

  test('a tag names the venue that its resource serves, also on volumes', () => {
    const instance = child(graph, 'remote', 'aws:ec2/instance:Instance')
    expect(instance.inputs.tags).toEqual(tagsOf('remote', 'pop'))
    expect(instance.inputs.rootBlockDevice).toMatchObject({ tags: tagsOf('remote', 'pop') })
    expect(child(graph, 'remote', 'aws:ebs/volume:Volume').inputs.tags).toEqual(tagsOf('remote', 'pop'))
    expect(child(graph, 'central', 'aws:rds/instance:Instance').inputs.tags).toEqual(
      tagsOf('central', 'database'),
    )
  })

  test('every Kubernetes resource carries them as labels', () => {
    const onK3s = graph.resources.filter(({ type }) => type.startsWith('kubernetes:'))
    expect(onK3s.length).toBeGreaterThan(5)
    for (const { urn, inputs } of onK3s) {
      expect((inputs.metadata as { labels: unknown }).labels, urn).toMatchObject({
        'micropop/event': 'summit',
        'micropop/venue': 'hall',
        'micropop/role': 'pop',
        'micropop/sponsor': 'Acme-Globex',
      })
    }
  })
})

describe('the world reaches sessions and nothing else', () => {
  interface Rule {
    fromPort: number
    cidrBlocks?: string[]
  }
  const rules = (direction: 'ingress' | 'egress') =>
    graph.resources
      .filter(({ type }) => type === 'aws:ec2/securityGroup:SecurityGroup')
      .flatMap(({ name, inputs }) => (inputs[direction] as Rule[]).map((rule) => ({ name, ...rule })))

  test('every port of a rule is one that the runtime listens on, or a known one of others', () => {
    expect([...rules('ingress'), ...rules('egress')].length).toBeGreaterThan(6)
    expect(strangePorts(graph)).toEqual([])
  })

  test('from anywhere, only the session port of a PoP and the uplink of central are open', () => {
    const open = rules('ingress').filter(({ cidrBlocks }) => cidrBlocks?.includes('0.0.0.0/0'))
    expect(open.map(({ name, fromPort }) => ({ name, fromPort }))).toEqual([
      { name: 'central-balancer', fromPort: FOREIGN_PORTS.https },
      { name: 'remote-pop', fromPort: PORTS.pop },
    ])
  })

  test('on k3s the policy admits the session port, and lets out HTTPS and DNS', () => {
    const { spec } = child(graph, 'hall', 'kubernetes:networking.k8s.io/v1:NetworkPolicy').inputs
    expect(spec).toMatchObject({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'micropop-pop' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: PORTS.pop }] }],
      egress: [
        { ports: [{ port: FOREIGN_PORTS.https }] },
        { ports: [{ port: FOREIGN_PORTS.dns }, { port: FOREIGN_PORTS.dns }] },
      ],
    })
  })
})

test('secrets of a deployment are in no input', async () => {
  const recording = await startRecording('micropop', 'summit', 'eu-west-1')
  const encrypted = [hallVenue(), remoteVenue()].map((venue) => ({
    ...venue,
    pop: { ...venue.pop, encryptQueue: true },
  }))
  const joined = { instanceType: 't4g.small', siteAddresses: ['203.0.113.7/32'] }
  const central = { ...eventWith().central, broker: joined }
  declareEvent(eventWith({ venues: encrypted, central }), {
    ...unsetDeployment(),
    image: 'registry.test/micropop:1',
    uplinkToken: secret('the-token'),
    queueKey: () => secret('the-key'),
    kubeconfig: () => secret('the-kubeconfig'),
    skipAwait: false,
  })
  await runtime.disconnect()
  const text = json(recording.resources)
  expect(text).not.toMatch(/the-token|the-key|the-kubeconfig/)
  // As passwords of the broker are.
  expect(text).not.toMatch(/p[0-9a-f]{64}/)
  const holders = recording.resources.filter(({ inputs }) => json(inputs).includes(REDACTED))
  expect(holders.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
    'aws:secretsmanager/secretVersion:SecretVersion central-hub-config',
    'aws:secretsmanager/secretVersion:SecretVersion central-hub-url',
    'aws:secretsmanager/secretVersion:SecretVersion central-uplink',
    'aws:secretsmanager/secretVersion:SecretVersion remote-pop-nats',
    'aws:secretsmanager/secretVersion:SecretVersion remote-pop-queue-key',
    'kubernetes:core/v1:Secret hall-pop',
    'kubernetes:core/v1:Secret hall-pop-nats',
    'kubernetes:core/v1:Secret hall-pop-queue-key',
    'pulumi:providers:kubernetes hall-cluster',
  ])
})

function types({ resources }: ResourceGraph): string[] {
  return [...new Set(resources.map(({ type }) => type))]
}

function tagsOf(venue: string, role: string) {
  return {
    [TAG.event]: 'summit',
    [TAG.venue]: venue,
    [TAG.role]: role,
    [TAG.sponsor]: 'Acme + Globex',
  }
}

test('a recording takes no stacks, yet a mistake of ours comes with its own, and the limit is as before', async () => {
  const limit = Error.stackTraceLimit
  const event = eventWith()
  const broken = { ...event, venues: [{ ...hallVenue(), pop: null }] } as unknown as EventSpec
  const error = await recordGraph(broken).catch((of: unknown) => of)
  expect(error).toBeInstanceOf(TypeError)
  expect((error as Error).stack).toContain('infra/')
  expect(Error.stackTraceLimit).toBe(limit)
  expect(await recordGraph(event)).toEqual(graph)
})
