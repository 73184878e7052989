// What the PoP of a venue is made of on EC2: the inputs of its resources, not merely that they exist.
import { beforeAll, describe, expect, test } from 'vitest'
import type { ChannelRule } from '../../runtime/pop-config.ts'
import { architectureOf } from '../catalog/catalog.ts'
import type { Ec2Pop } from '../event/event.ts'
import type { ResourceGraph } from '../graph.ts'
import { recordGraph } from '../resource-graph.ts'
import { child, readable } from '../testing/components.ts'
import { eventWith, remoteVenue } from '../testing/events.ts'
import { DATA_DEVICE, USER_DATA_BYTES_MAX } from './boot.ts'

const RECORDED = '../testing/recorded'
const TIMEOUT_MS = 30_000

let graph: ResourceGraph
beforeAll(async () => {
  graph = await recordGraph(eventWith())
}, TIMEOUT_MS)

async function instanceOf(pop: Partial<Ec2Pop>) {
  const base = remoteVenue().pop as Ec2Pop
  const event = eventWith({ venues: [remoteVenue({ pop: { ...base, ...pop } })] })
  return child(await recordGraph(event), 'remote', 'aws:ec2/instance:Instance').inputs
}

describe('on EC2', () => {
  test('every input is as it was recorded last', async () => {
    await expect(readable(graph, 'remote')).toMatchFileSnapshot(`${RECORDED}/venue-pop-on-ec2.yaml`)
  })

  test('the machine answers IMDSv2 only and has an encrypted gp3 volume for its system', () => {
    const { inputs } = child(graph, 'remote', 'aws:ec2/instance:Instance')
    expect(inputs).toMatchObject({
      instanceType: 't3.medium',
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      rootBlockDevice: { volumeType: 'gp3', volumeSize: 12, encrypted: true },
      iamInstanceProfile: 'instanceProfile.remote-pop.name',
      primaryNetworkInterface: { networkInterfaceId: 'networkInterface.remote-pop.id' },
    })
    expect(inputs).not.toHaveProperty('keyName')
  })

  test('the queue is on an encrypted volume of its own, which another machine gets when this one is replaced', () => {
    const data = child(graph, 'remote', 'aws:ebs/volume:Volume')
    const machine = child(graph, 'remote', 'aws:ec2/instance:Instance')
    expect(data.inputs).toMatchObject({
      type: 'gp3',
      size: 38,
      encrypted: true,
      availabilityZone: 'eu-west-1a',
    })
    expect(data.dependencies).not.toContain(machine.urn)
    expect(child(graph, 'remote', 'aws:ec2/volumeAttachment:VolumeAttachment').inputs).toEqual({
      instanceId: 'instance.remote-pop.id',
      volumeId: 'volume.remote-pop-data.id',
      deviceName: DATA_DEVICE,
      stopInstanceBeforeDetaching: true,
    })
  })

  test('the way of buying decides the credit mode', async () => {
    expect(await instanceOf({ policy: 'burstable', creditMode: 'standard' })).toMatchObject({
      creditSpecification: { cpuCredits: 'standard' },
    })
    const onDemand = await instanceOf({ policy: 'on-demand', instanceType: 'm5.large', creditMode: null })
    expect(onDemand).not.toHaveProperty('creditSpecification')
  })

  test('the machine image has the architecture of the instance type', async () => {
    expect((await instanceOf({ instanceType: 't4g.small' })).ami).toMatch(/-arm64$/)
    expect((await instanceOf({ instanceType: 't3.small' })).ami).toMatch(/-x86_64$/)
  })

  test.each([
    ['t4g.small', 'arm64'],
    ['c7gn.large', 'arm64'],
    ['m6gd.large', 'arm64'],
    ['t3a.small', 'x86_64'],
    ['m6i.large', 'x86_64'],
    ['g5.xlarge', 'x86_64'],
  ])('%s is %s', (type, architecture) => {
    expect(architectureOf(type)).toBe(architecture)
  })

  test('its address is on the interface, so that it is there at boot, and in DNS', () => {
    const eip = child(graph, 'remote', 'aws:ec2/eip:Eip')
    expect(eip.inputs).toMatchObject({ domain: 'vpc', networkInterface: 'networkInterface.remote-pop.id' })
    expect(child(graph, 'remote', 'aws:ec2/instance:Instance').dependencies).toContain(eip.urn)
    expect(child(graph, 'remote', 'aws:route53/record:Record').inputs).toEqual({
      zoneId: 'zone.events.example.com.id',
      name: 'remote.summit.events.example.com',
      type: 'A',
      ttl: 60,
      records: ['eip.remote-pop.publicIp'],
    })
  })

  test('what the machine is told at boot fits into what EC2 takes, or the event is refused', async () => {
    const { userData } = child(graph, 'remote', 'aws:ec2/instance:Instance').inputs
    expect(Buffer.byteLength(String(userData))).toBeLessThan(USER_DATA_BYTES_MAX / 3)
    const channels = Array.from({ length: 256 }, (_, i): ChannelRule => {
      return { match: `room.${i}`, partitions: 4, slow: ['latest'], upstream: 'none', relay: true }
    })
    await expect(recordGraph(eventWith({ channels }))).rejects.toMatchObject({
      code: 'MP_USER_DATA_TOO_LARGE',
      exitCode: 2,
    })
  })

  test('the key of an encrypted queue is a secret of its own, which only that machine may read', async () => {
    const pop = { ...(remoteVenue().pop as Ec2Pop), encryptQueue: true }
    const encrypted = await recordGraph(eventWith({ venues: [remoteVenue({ pop })] }))
    const inputs = (type: string) => child(encrypted, 'remote', type).inputs
    expect(inputs('aws:secretsmanager/secretVersion:SecretVersion')).toMatchObject({
      secretId: 'secret.remote-pop-queue-key.id',
    })
    expect(JSON.parse(String(inputs('aws:iam/rolePolicy:RolePolicy').policy)).Statement[0]).toEqual({
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: ['secretVersion.central-uplink.arn', 'secretVersion.remote-pop-queue-key.arn'],
    })
    expect(String(inputs('aws:ec2/instance:Instance').userData)).toContain(
      'secretVersion.remote-pop-queue-key.arn',
    )
  })

  test('the machine may read its secret and the originals, and nothing else', () => {
    const { policy } = child(graph, 'remote', 'aws:iam/rolePolicy:RolePolicy').inputs
    const { Statement } = JSON.parse(String(policy))
    expect(Statement).toEqual([
      {
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: 'secretVersion.central-uplink.arn',
      },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'bucket.central-assets.arn' },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'bucket.central-assets.arn/originals/*' },
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: 'key.central.arn',
        Condition: {
          StringLike: { 'kms:ViaService': ['s3.*.amazonaws.com', 'secretsmanager.*.amazonaws.com'] },
        },
      },
    ])
  })
})
