// The PoP of a venue on Kubernetes: the inputs of its resources, not merely that they exist.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { popConfigSchema } from '../../runtime/pop-config.ts'
import { PATHS, PORTS } from '../../runtime/ports.ts'
import { QUEUE_KEY_DIR, QUEUE_KEY_FILE } from '../container.ts'
import type { K3sPop, Venue } from '../event/event.ts'
import type { ResourceGraph } from '../graph.ts'
import { recordGraph } from '../resource-graph.ts'
import { child, readable } from '../testing/components.ts'
import { eventWith, hallVenue } from '../testing/events.ts'
import { byteQuantity, cpuQuantity } from './quantity.ts'

const RECORDED = '../testing/recorded'
const TIMEOUT_MS = 30_000

let graph: ResourceGraph
beforeAll(async () => {
  graph = await recordGraph(eventWith())
}, TIMEOUT_MS)

/** The graph of an event with a hall whose PoP is told `pop`. */
function graphOf(pop: Partial<K3sPop>, venue: Partial<Venue> = {}): Promise<ResourceGraph> {
  const base = hallVenue().pop as K3sPop
  return recordGraph(eventWith({ venues: [hallVenue({ ...venue, pop: { ...base, ...pop } })] }))
}

function specIn(of: ResourceGraph, type: string) {
  return child(of, 'hall', type).inputs.spec as Record<string, unknown>
}

interface PodSpec {
  [key: string]: unknown
  containers: Record<string, unknown>[]
  initContainers: Record<string, unknown>[]
}

function podIn(of: ResourceGraph): PodSpec {
  return (specIn(of, 'kubernetes:apps/v1:StatefulSet').template as { spec: PodSpec }).spec
}

const STORAGE_CLASS = 'kubernetes:storage.k8s.io/v1:StorageClass'
const VOLUME = 'kubernetes:core/v1:PersistentVolume'
const INGRESS = 'kubernetes:networking.k8s.io/v1:Ingress'
const typesIn = ({ resources }: ResourceGraph) => resources.map(({ type }) => type)
const claimIn = (of: ResourceGraph) =>
  (specIn(of, 'kubernetes:apps/v1:StatefulSet').volumeClaimTemplates as object[])[0]

describe('on k3s', () => {
  test('every input is as it was recorded last', async () => {
    await expect(readable(graph, 'hall')).toMatchFileSnapshot(`${RECORDED}/venue-pop-on-k3s.yaml`)
  })

  const spec = (type: string) => child(graph, 'hall', type).inputs.spec as Record<string, unknown>

  test('one pod keeps its queue on a claimed volume that is larger than it and outlives the pod', () => {
    expect(spec('kubernetes:apps/v1:StatefulSet')).toMatchObject({
      replicas: 1,
      serviceName: 'pop',
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '25G' } } },
        },
      ],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    })
  })

  test('the pod meets the restricted standard, which its namespace enforces', () => {
    const { spec: pod } = spec('kubernetes:apps/v1:StatefulSet').template as {
      spec: { securityContext: object; containers: object[]; initContainers: object[] }
    }
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    })
    for (const container of [...pod.containers, ...pod.initContainers]) {
      expect(container).toMatchObject({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      })
    }
    expect(child(graph, 'hall', 'kubernetes:core/v1:Namespace').inputs.metadata).toMatchObject({
      name: 'micropop-summit-hall',
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    })
  })

  test('its health is asked on the admin port, and its sessions come in on theirs', () => {
    const { spec: pod } = spec('kubernetes:apps/v1:StatefulSet').template as {
      spec: { containers: Record<string, unknown>[] }
    }
    const [container] = pod.containers
    expect(container?.ports).toEqual([
      { name: 'sessions', containerPort: PORTS.pop },
      { name: 'admin', containerPort: PORTS.popAdmin },
    ])
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      expect(container?.[probe]).toMatchObject({ httpGet: { path: PATHS.health, port: 'admin' } })
    }
    expect(spec('kubernetes:core/v1:Service').ports).toEqual([
      { name: 'sessions', port: PORTS.pop, targetPort: 'sessions' },
    ])
  })

  test('the key of an encrypted queue is copied into memory, for the PoP alone', async () => {
    const pop = { ...(hallVenue().pop as K3sPop), encryptQueue: true }
    const encrypted = await recordGraph(eventWith({ venues: [hallVenue({ pop })] }))
    const told = child(encrypted, 'hall', 'kubernetes:core/v1:ConfigMap').inputs.data as Record<
      string,
      string
    >
    expect(JSON.parse(told['pop.json'] ?? '')).toMatchObject({ queue: { keyFile: QUEUE_KEY_FILE } })
    const set = child(encrypted, 'hall', 'kubernetes:apps/v1:StatefulSet').inputs.spec
    const { spec } = (set as { template: { spec: Record<string, { name: string; command?: string[] }[]> } })
      .template
    expect(spec.volumes).toContainEqual({ name: 'queue-key', secret: { secretName: 'queue-key' } })
    expect(spec.containers?.[0]).toMatchObject({
      volumeMounts: expect.arrayContaining([{ name: 'key', mountPath: QUEUE_KEY_DIR, readOnly: true }]),
    })

    const [node, e, script] = spec.initContainers?.find(({ name }) => name === 'queue-key')?.command ?? []
    expect([node, e]).toEqual(['node', '-e'])
    const folder = mkdtempSync(join(tmpdir(), 'micropop-pod-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'from'), 'the-key', { mode: 0o440 })
    for (const start of ['first', 'again']) {
      execFileSync(process.execPath, ['-e', String(script), join(folder, 'from'), join(folder, 'to')])
      expect(readFileSync(join(folder, 'to'), 'utf8'), start).toBe('the-key')
    }
    expect(statSync(join(folder, 'to')).mode & 0o777).toBe(0o400)
  })

  test('the node cannot be drained in passing', () => {
    expect(spec('kubernetes:policy/v1:PodDisruptionBudget')).toMatchObject({ minAvailable: 1 })
  })

  test('the pod is told a valid configuration, and another configuration is another pod', async () => {
    const told = (of: ResourceGraph) =>
      (child(of, 'hall', 'kubernetes:core/v1:ConfigMap').inputs.data as Record<string, string>)['pop.json']
    const hash = (of: ResourceGraph) =>
      JSON.stringify(child(of, 'hall', 'kubernetes:apps/v1:StatefulSet').inputs).match(
        /"([0-9a-f]{64})"/,
      )?.[1]
    expect(popConfigSchema.parse(JSON.parse(told(graph) ?? ''))).toMatchObject({
      pop: 'hall',
      event: 'summit',
    })

    const [hall, remote] = eventWith().venues
    if (!hall || !remote) throw new Error('the fixture has two venues')
    const larger = await recordGraph(eventWith({ venues: [{ ...hall, attendees: 4_000 }, remote] }))
    expect(told(larger)).not.toBe(told(graph))
    expect(hash(larger)).not.toBe(hash(graph))
  })

  test('its queue is on the disk of the box, and stays there when the claim goes', () => {
    expect(child(graph, 'hall', STORAGE_CLASS).inputs).toMatchObject({
      metadata: { name: 'micropop-summit-hall' },
      provisioner: 'rancher.io/local-path',
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
    })
    expect(claimIn(graph)).toMatchObject({ spec: { storageClassName: 'micropop-summit-hall' } })
  })

  test('a named node is where the queue lies and so where the pod is, and its volume waits for no namespace', async () => {
    const held = await graphOf({ node: { name: 'box-1', folder: '/srv/queue' } })
    const volume = child(held, 'hall', VOLUME)
    expect(volume.inputs.spec).toMatchObject({
      local: { path: '/srv/queue' },
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { namespace: 'micropop-summit-hall', name: 'data-pop-0' },
      capacity: { storage: '25G' },
    })
    expect(JSON.stringify(volume.inputs)).toContain(
      '{"key":"kubernetes.io/hostname","operator":"In","values":["box-1"]}',
    )
    expect(volume.dependencies.filter((urn) => urn.includes('Namespace'))).toEqual([])
    expect(claimIn(held)).toMatchObject({ spec: { storageClassName: '' } })
    expect(typesIn(held)).not.toContain(STORAGE_CLASS)
    expect(child(held, 'hall', 'kubernetes:apps/v1:StatefulSet').dependencies).toContain(volume.urn)
  })

  test('a class that the cluster has is taken as it is', async () => {
    const of = await graphOf({ storageClass: 'fast' })
    expect(claimIn(of)).toMatchObject({ spec: { storageClassName: 'fast' } })
    expect(typesIn(of)).not.toContain(STORAGE_CLASS)
    expect(typesIn(of)).not.toContain(VOLUME)
  })

  test('behind an ingress, its controller alone reaches the PoP, which believes it who the client is', async () => {
    const ingress = { tlsSecret: 'hall-tls', className: null, namespace: 'front', podNetwork: '10.42.0.0/16' }
    const of = await graphOf({ ingress })
    expect(specIn(of, INGRESS)).toEqual({
      tls: [{ hosts: ['hall.summit.events.example.com'], secretName: 'hall-tls' }],
      rules: [
        {
          host: 'hall.summit.events.example.com',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'pop', port: { name: 'sessions' } } },
              },
            ],
          },
        },
      ],
    })
    expect(specIn(of, 'kubernetes:core/v1:Service')).toMatchObject({ type: 'ClusterIP' })
    expect(specIn(of, 'kubernetes:networking.k8s.io/v1:NetworkPolicy').ingress).toEqual([
      {
        ports: [{ protocol: 'TCP', port: PORTS.pop }],
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'front' } } }],
      },
    ])
    const { data } = child(of, 'hall', 'kubernetes:core/v1:ConfigMap').inputs as {
      data: Record<string, string>
    }
    expect(JSON.parse(data['pop.json'] ?? '').door).toMatchObject({ trustedProxies: ['10.42.0.0/16'] })

    const named = specIn(await graphOf({ ingress: { ...ingress, className: 'nginx' } }), INGRESS)
    expect(named).toMatchObject({ ingressClassName: 'nginx' })
    expect(typesIn(graph)).not.toContain(INGRESS)
  })

  test('it goes before other pods, apart from other venues, and stays where its node was lost', () => {
    const { metadata } = child(graph, 'hall', 'kubernetes:scheduling.k8s.io/v1:PriorityClass').inputs
    const pod = podIn(graph)
    expect(pod.priorityClassName).toBe((metadata as { name: string }).name)
    expect(pod.tolerations).toEqual(
      ['not-ready', 'unreachable'].map((condition) => ({
        key: `node.kubernetes.io/${condition}`,
        operator: 'Exists',
        effect: 'NoExecute',
      })),
    )
    expect(pod.affinity).toMatchObject({
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            podAffinityTerm: {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'micropop-pop' } },
              namespaceSelector: { matchLabels: { 'micropop/event': 'summit' } },
            },
          },
        ],
      },
    })
  })

  test('it is killed only after the drain that its hall needs, and the log is closed', async () => {
    expect(podIn(graph).terminationGracePeriodSeconds).toBe(75)
    const large = await graphOf({ cores: 2, reconnectMs: 4 }, { attendees: 50_000 })
    const { data } = child(large, 'hall', 'kubernetes:core/v1:ConfigMap').inputs as {
      data: Record<string, string>
    }
    // 50,000 × 4 ms on half of two cores is 200 s; half as much again is for stragglers.
    expect(JSON.parse(data['pop.json'] ?? '').drain).toMatchObject({ deadlineS: 300 })
    expect(podIn(large).terminationGracePeriodSeconds).toBe(315)
  })

  test('what it asks of the node is three quarters of what the event says the box has', () => {
    expect(podIn(graph).containers[0]?.resources).toEqual({
      requests: { cpu: '3', memory: '12G' },
      limits: { memory: '12G' },
    })
  })

  test('amounts are written as the server writes them', () => {
    expect([12e9, 25e12, 12_345_678, 1_500_000, 512e6].map(byteQuantity)).toEqual([
      '12G',
      '25T',
      '12345678',
      '1500k',
      '512M',
    ])
    expect([3, 0.375, 0.075].map(cpuQuantity)).toEqual(['3', '375m', '75m'])
  })

  test('venues that share a cluster share no name there, however long their names are', async () => {
    const [hall, annex] = ['a', 'b'].map((last) => hallVenue({ name: `${'x'.repeat(39)}${last}` }))
    if (!hall || !annex) throw new Error('there are two')
    const of = await recordGraph(eventWith({ name: 'y'.repeat(32), venues: [hall, annex] }))
    const names = of.resources
      .filter(({ type }) => type.startsWith('kubernetes:'))
      .map(({ type, inputs }) => {
        const { name, namespace } = inputs.metadata as { name: string; namespace?: string }
        return `${type} ${namespace ?? ''} ${name}`
      })
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(15)
  })
})
