// The leaf node beside a PoP that is joined with others: on a machine, and in a pod.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { output } from '@pulumi/pulumi'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { leafConfig } from '../../runtime/nats/server-config.ts'
import { natsPassword } from '../broker.ts'
import type { ResourceGraph } from '../graph.ts'
import { recordGraph } from '../resource-graph.ts'
import { child } from '../testing/components.ts'
import { eventWith } from '../testing/events.ts'
import { renderManifests } from './manifests.ts'

const TIMEOUT_MS = 60_000
const broker = { instanceType: 't4g.small', siteAddresses: ['203.0.113.7/32'] }

let graph: ResourceGraph
beforeAll(async () => {
  const event = eventWith()
  graph = await recordGraph({ ...event, central: { ...event.central, broker } })
}, TIMEOUT_MS)

function bootFile(path: string): string {
  const { userData } = child(graph, 'remote', 'aws:ec2/instance:Instance').inputs
  const { write_files } = parse(String(userData))
  return write_files.find((file: { path: string }) => file.path === path).content
}

test('pop.json names the leaf node beside the PoP', () => {
  const nats = { url: 'nats://127.0.0.1:4222', user: 'pop' }
  expect(JSON.parse(bootFile('/etc/micropop/pop.json'))).toMatchObject({ nats })
  const { data } = child(graph, 'hall', 'kubernetes:core/v1:ConfigMap').inputs
  expect(JSON.parse((data as Record<string, string>)['pop.json'] ?? '')).toMatchObject({ nats })
})

test('a machine has the leaf node start with its PoP, and end after it', () => {
  expect(bootFile('/etc/micropop/leaf.conf')).toBe(leafConfig({ tls: true }))
  expect(bootFile('/etc/systemd/system/micropop-pop.service')).toContain(
    'Wants=network-online.target micropop-leaf.service\n',
  )
  const unit = bootFile('/etc/systemd/system/micropop-leaf.service')
  expect(unit).toContain('Before=micropop-pop.service\nPartOf=micropop-pop.service\n')
  expect(unit).toContain('--env LEAF_MONITOR=127.0.0.1:8222')
  expect(unit).toContain('--read-only --cap-drop ALL --security-opt no-new-privileges')
})

test('its script leaves the password in memory, in the environment of PoP and leaf node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'micropop-leaf-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'aws'), '#!/bin/sh\necho p4ss\n')
  chmodSync(join(folder, 'aws'), 0o755)
  const script = bootFile('/usr/local/libexec/micropop-leaf').replace('/run/micropop-leaf', folder)
  execFileSync('sh', [], { input: script, env: { PATH: `${folder}:${process.env.PATH}` } })
  expect(readFileSync(join(folder, 'environment'), 'utf8')).toBe(
    'POP_PASSWORD=p4ss\nHUB_LEAF_URL=tls://remote:p4ss@central.summit.events.example.com:7422\n',
  )
  expect(bootFile('/usr/local/libexec/micropop-prepare')).toContain("printf 'NATS_PASSWORD=%s\\n'")
})

interface Container {
  name: string
  restartPolicy?: string
  env: { name: string; value?: string; valueFrom?: unknown }[]
  resources: { limits: Record<string, string> }
  securityContext: unknown
}

test('a pod has the leaf node as a sidecar under the same restrictions', () => {
  const { spec } = child(graph, 'hall', 'kubernetes:apps/v1:StatefulSet').inputs
  const pod = (spec as { template: { spec: { initContainers: Container[]; containers: Container[] } } })
    .template
  const leaf = pod.spec.initContainers.find(({ name }) => name === 'leaf')
  const [pop] = pod.spec.containers
  expect(leaf).toMatchObject({
    restartPolicy: 'Always',
    resources: { limits: { memory: '256Mi' } },
    securityContext: pop?.securityContext,
  })
  const password = { valueFrom: { secretKeyRef: { name: 'nats', key: 'password' } } }
  expect(leaf?.env).toContainEqual({ name: 'POP_PASSWORD', ...password })
  expect(leaf?.env).toContainEqual({
    name: 'HUB_LEAF_URL',
    value: 'tls://hall:$(POP_PASSWORD)@central.summit.events.example.com:7422',
  })
  expect(pop?.env).toContainEqual({ name: 'NATS_PASSWORD', ...password })
})

test('who deploys by manifests gets the same password from what their head says', async () => {
  const event = eventWith()
  const [hall] = renderManifests({ ...event, central: { ...event.central, broker } }, graph, 'hall')
  const command = /printf 'nats .*$/m.exec(hall?.text ?? '')?.[0] ?? ''
  const folder = mkdtempSync(join(tmpdir(), 'micropop-leaf-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'TOKEN_FILE'), 'the-token\n')
  const printed = execFileSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' }).trim()
  const { promise, resolve } = Promise.withResolvers<string>()
  natsPassword(output('the-token'), 'summit', 'hall').apply(resolve)
  expect(`p${printed}`).toBe(await promise)
})

test('out go HTTPS and the hub, in come sessions as ever', () => {
  const { spec } = child(graph, 'hall', 'kubernetes:networking.k8s.io/v1:NetworkPolicy').inputs
  expect(spec).toMatchObject({
    ingress: [{ ports: [{ port: 7070 }] }],
    egress: [{ ports: [{ port: 443 }, { port: 7422 }] }, { ports: [{ port: 53 }, { port: 53 }] }],
  })
  const { egress } = child(graph, 'remote', 'aws:ec2/securityGroup:SecurityGroup').inputs
  expect((egress as { fromPort: number }[]).map(({ fromPort }) => fromPort)).toEqual([443, 7422])
})
