// The hub that joins the PoPs: who reaches it, what its machine may do and is told, and what holds nobody's secret.
import { execFileSync } from 'node:child_process'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { ResourceGraph } from '../graph.ts'
import { recordGraph } from '../resource-graph.ts'
import { child } from '../testing/components.ts'
import { eventWith, eventWithEverything } from '../testing/events.ts'

const TIMEOUT_MS = 60_000
const GROUP = 'aws:ec2/securityGroup:SecurityGroup'
const RULE = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule'

let graph: ResourceGraph
beforeAll(async () => {
  graph = await recordGraph(eventWithEverything())
}, TIMEOUT_MS)

const inputs = (type: string, name = 'central-hub') => child(graph, 'central', type, name).inputs

function bootFile(path: string): string {
  const { write_files } = parse(String(inputs('aws:ec2/instance:Instance').userData))
  return write_files.find((file: { path: string }) => file.path === path).content
}

test('central and its load balancer reach the hub, and nobody else', () => {
  const { ingress } = inputs(GROUP)
  expect(
    (ingress as { fromPort: number; securityGroups?: string[]; cidrBlocks?: string[] }[]).map((rule) => [
      rule.fromPort,
      rule.securityGroups,
      rule.cidrBlocks,
    ]),
  ).toEqual([
    [4222, ['securityGroup.central-ingest.id'], undefined],
    [7422, ['securityGroup.central-balancer.id'], undefined],
    [8222, ['securityGroup.central-balancer.id'], undefined],
  ])
})

test('the leaf port speaks TLS, and lets in the halls and the PoPs in the region by their addresses', () => {
  expect(inputs('aws:lb/listener:Listener')).toMatchObject({ port: 7422, protocol: 'TLS' })
  expect(inputs('aws:lb/loadBalancer:LoadBalancer', 'central').securityGroups).toEqual([
    'securityGroup.central-balancer.id',
    'securityGroup.central-leaf-door.id',
  ])
  const rules = graph.resources.filter(({ type }) => type === RULE)
  expect(rules.map(({ inputs: of }) => [of.securityGroupId, of.fromPort, of.toPort])).toEqual(
    rules.map(() => ['securityGroup.central-leaf-door.id', 7422, 7422]),
  )
  expect(rules.map(({ inputs: of }) => of.cidrIpv4).sort()).toEqual([
    '198.51.100.7/32',
    'eip.on-spot-pop.publicIp/32',
    'eip.remote-pop.publicIp/32',
    'eip.reserved-pop.publicIp/32',
  ])
})

test('its stream is on an encrypted disk of its own, which outlives the machine', () => {
  const volume = child(graph, 'central', 'aws:ebs/volume:Volume', 'central-hub-data')
  expect(volume.inputs).toMatchObject({ encrypted: true, type: 'gp3', size: 8 })
  expect(bootFile('/usr/local/libexec/micropop-hub-prepare')).toContain(
    'mount -o noatime /dev/sdf /var/lib/nats',
  )
})

test('its machine is told where its secret is, never what it is, and has bounds', () => {
  const userData = String(inputs('aws:ec2/instance:Instance').userData)
  expect(userData).not.toMatch(/password/i)
  expect(userData).not.toContain('accounts')
  for (const name of ['micropop-hub-config', 'micropop-hub-prepare'])
    execFileSync('sh', ['-n'], { input: bootFile(`/usr/local/libexec/${name}`) })
  const unit = bootFile('/etc/systemd/system/micropop-hub.service')
  // 60 % of what a t4g.small shows its system.
  expect(unit).toContain('--memory 1107m --env GOMEMLIMIT=885MiB')
  expect(unit).toContain('--log-driver awslogs')
  expect(inputs('aws:cloudwatch/logGroup:LogGroup')).toMatchObject({ retentionInDays: 30 })
})

test('its machine may read its configuration and write its log, and nothing else', () => {
  const { Statement } = JSON.parse(String(inputs('aws:iam/rolePolicy:RolePolicy').policy))
  expect(Statement).toEqual([
    {
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: 'secret.central-hub-config.arn',
    },
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: 'logGroup.central-hub.arn:*',
    },
    {
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: 'key.central.arn',
      Condition: { StringLike: { 'kms:ViaService': ['secretsmanager.*.amazonaws.com'] } },
    },
  ])
})

test('central is told of the hub by a secret, and starts after it', () => {
  const [{ secrets }] = JSON.parse(
    String(inputs('aws:ecs/taskDefinition:TaskDefinition', 'central').containerDefinitions),
  )
  expect(secrets.map(({ name }: { name: string }) => name)).toContain('NATS_URL')
  const attachment = child(graph, 'central', 'aws:ec2/volumeAttachment:VolumeAttachment', 'central-hub-data')
  expect(child(graph, 'central', 'aws:ecs/service:Service').dependencies).toContain(attachment.urn)
})

test('without a broker there is none of it', async () => {
  const { resources } = await recordGraph(eventWith())
  expect(resources.filter(({ name }) => /hub|leaf|nats/.test(name))).toEqual([])
})
