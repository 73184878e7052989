// The second machine of a PoP: what it is made of, what it may do, and what it is told.
import { execFileSync } from 'node:child_process'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { PATHS, PORTS } from '../../runtime/ports.ts'
import type { Ec2Pop } from '../event/event.ts'
import type { ResourceGraph } from '../graph.ts'
import { recordGraph } from '../resource-graph.ts'
import { TAG } from '../tags.ts'
import { child } from '../testing/components.ts'
import { eventWith, remoteVenue } from '../testing/events.ts'

const TIMEOUT_MS = 60_000
const INSTANCE = 'aws:ec2/instance:Instance'
const FIRST = 'remote-pop'
const SECOND = 'remote-pop-standby'

let graph: ResourceGraph
beforeAll(async () => {
  const pop = { ...(remoteVenue().pop as Ec2Pop), standby: 'warm' } as const
  graph = await recordGraph(eventWith({ venues: [remoteVenue({ pop })] }))
}, TIMEOUT_MS)

const inputs = (type: string, name: string) => child(graph, 'remote', type, name).inputs
function bootOf(name: string) {
  const { write_files, runcmd } = parse(String(inputs(INSTANCE, name).userData)) as {
    write_files: { path: string; content: string }[]
    runcmd: string[][]
  }
  const file = (path: string) => write_files.find((each) => each.path === path)?.content ?? ''
  return { file, starts: runcmd.flat().filter((word) => word.startsWith('micropop-')) }
}

test('both machines are alike, each with a disk in a zone of its own', () => {
  const { instanceType, metadataOptions, rootBlockDevice } = inputs(INSTANCE, FIRST)
  expect(inputs(INSTANCE, SECOND)).toMatchObject({ instanceType, metadataOptions, rootBlockDevice })
  const volume = 'aws:ebs/volume:Volume'
  expect(inputs(volume, `${FIRST}-data`)).toMatchObject({ availabilityZone: 'eu-west-1a', encrypted: true })
  expect(inputs(volume, `${SECOND}-data`)).toMatchObject({ availabilityZone: 'eu-west-1b', encrypted: true })
  expect(inputs('aws:ec2/networkInterface:NetworkInterface', SECOND).subnetId).toBe('subnet.central-2.id')
  expect(inputs('aws:route53/record:Record', FIRST).records).toEqual(['eip.remote-pop.publicIp'])
})

test('the first opens its log to the second, and to nobody else', () => {
  expect(JSON.parse(bootOf(FIRST).file(PATHS.popConfig))).toMatchObject({ replica: { host: '0.0.0.0' } })
  const { ingress, egress } = inputs('aws:ec2/securityGroup:SecurityGroup', FIRST) as Record<string, object[]>
  const rule = { protocol: 'tcp', fromPort: PORTS.replica, toPort: PORTS.replica, self: true }
  for (const rules of [ingress, egress]) {
    const found = rules?.filter((each) => (each as { fromPort: number }).fromPort === PORTS.replica)
    expect(found).toEqual([expect.objectContaining(rule)])
    expect(found?.[0]).not.toHaveProperty('cidrBlocks')
  }
})

test('both read the secret that they share, which never is in what they are told', () => {
  expect(inputs('aws:secretsmanager/secretVersion:SecretVersion', `${FIRST}-replica`)).toMatchObject({
    secretString: '[secret]',
  })
  for (const name of [FIRST, SECOND]) {
    const { Statement } = JSON.parse(String(inputs('aws:iam/rolePolicy:RolePolicy', name).policy))
    expect(Statement[0].Resource).toContain('secretVersion.remote-pop-replica.arn')
    expect(bootOf(name).file('/usr/local/libexec/micropop-prepare')).toContain(
      '--secret-id secretVersion.remote-pop-replica.arn',
    )
  }
})

test('the second follows the first from its boot on, and is no PoP before it took over', () => {
  const { file, starts } = bootOf(SECOND)
  expect(starts).toEqual(['micropop-follow.service'])
  expect(bootOf(FIRST).starts).toEqual(['micropop-pop.service', 'micropop-warm.service'])
  expect(file('/etc/systemd/system/micropop-follow.service')).toContain(
    `follow --leader ws://networkInterface.remote-pop.privateIp:${PORTS.replica}${PATHS.replica}`,
  )
  expect(file('/etc/systemd/system/micropop-pop.service')).toMatch(/ pop \$PROMOTE$/m)
  execFileSync('sh', ['-n'], { input: file('/usr/local/sbin/micropop-take-over') })
})

test('only the second may move the address, and only to a machine of its venue', () => {
  const statements = (name: string) =>
    JSON.parse(String(inputs('aws:iam/rolePolicy:RolePolicy', name).policy)).Statement
  expect(statements(SECOND).slice(0, -1)).toEqual(statements(FIRST))
  expect(statements(SECOND).at(-1)).toMatchObject({
    Action: 'ec2:AssociateAddress',
    Resource: expect.arrayContaining(['eip.remote-pop.arn']),
    Condition: { StringEquals: { [`aws:ResourceTag/${TAG.venue}`]: 'remote' } },
  })
})

test('on an instance store there is no volume to buy or to attach, and the data is on the disk of the machine', async () => {
  const base = remoteVenue().pop as Ec2Pop
  const bought = { instanceType: 'm6gd.large', policy: 'on-demand', creditMode: null } as const
  const pop = { ...base, ...bought, disk: 'instance-store', standby: 'warm' } as const
  const onStore = await recordGraph(eventWith({ venues: [remoteVenue({ pop })] }))
  const types = onStore.resources.map(({ type }) => type)
  expect(types).not.toContain('aws:ebs/volume:Volume')
  expect(types).not.toContain('aws:ec2/volumeAttachment:VolumeAttachment')
  const { userData } = child(onStore, 'remote', INSTANCE, FIRST).inputs
  expect(userData).toContain('nvme-Amazon_EC2_NVMe_Instance_Storage_')
  expect(userData).toContain('mkfs.xfs -q /run/micropop-instance-store')
})
