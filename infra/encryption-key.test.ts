// The key of an event: what is encrypted with it, who may use it, and what stands in its place.
import { runtime } from '@pulumi/pulumi'
import { beforeAll, describe, expect, test } from 'vitest'
import type { StackConfig } from './configured-deployment.ts'
import { configuredKey } from './configured-key.ts'
import { unsetDeployment } from './deployment.ts'
import { usableKey } from './encryption-key.ts'
import type { Ec2Pop, EventSpec } from './event/event.ts'
import type { ResourceGraph } from './graph.ts'
import { keyPolicy } from './key-policy.ts'
import { declareEvent } from './program.ts'
import { startRecording } from './recording-monitor.ts'
import { recordGraph } from './resource-graph.ts'
import { child } from './testing/components.ts'
import { eventWith, eventWithEverything, eventWithEverythingOnAurora, remoteVenue } from './testing/events.ts'

const TIMEOUT_MS = 60_000
const KEY = 'key.central.arn'

let graph: ResourceGraph
beforeAll(async () => {
  graph = await recordGraph(eventWithEverything())
}, TIMEOUT_MS)

const withEncryption = (encryption: 'event-key' | 'aws-keys', copyRegion: string | null = null) =>
  eventWith({ central: { ...eventWith().central, encryption, copyRegion } })

/** Every resource that holds data at rest, and which key it names. */
function keysOf({ resources }: ResourceGraph): Record<string, unknown> {
  const named = resources.flatMap(({ type, name, inputs }): [string, unknown][] => {
    const root = inputs.rootBlockDevice as { kmsKeyId?: string } | undefined
    const mapped = inputs.blockDeviceMappings as { ebs: { kmsKeyId?: string } }[] | undefined
    const rules = inputs.rules as
      | { applyServerSideEncryptionByDefault?: { kmsMasterKeyId?: string } }[]
      | undefined
    switch (type.split(':').at(-1)) {
      case 'Instance':
      case 'Cluster':
        if (type.startsWith('aws:ecs')) return []
        return [[`${type} ${name}`, type.startsWith('aws:ec2') ? root?.kmsKeyId : inputs.kmsKeyId]]
      case 'Volume':
      case 'Secret':
      case 'LogGroup':
        return type.startsWith('aws:') ? [[`${type} ${name}`, inputs.kmsKeyId]] : []
      case 'LaunchTemplate':
        return [[`${type} ${name}`, mapped?.[0]?.ebs.kmsKeyId]]
      case 'BucketServerSideEncryptionConfiguration':
        return [[`${type} ${name}`, rules?.[0]?.applyServerSideEncryptionByDefault?.kmsMasterKeyId]]
      default:
        return []
    }
  })
  return Object.fromEntries(named)
}

test('everything that keeps data names the one key, the copy of the bucket its replica', async () => {
  for (const each of [graph, await recordGraph(eventWithEverythingOnAurora())]) {
    const {
      'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration central-assets-copy':
        copy,
      ...all
    } = keysOf(each)
    expect(copy).toBe('replicaKey.central-copy.arn')
    expect(Object.keys(all).length).toBeGreaterThan(10)
    expect(Object.entries(all).filter(([, key]) => key !== KEY)).toEqual([])
  }
})

test('the key is renewed each year, can be had back for a month, and has a name', () => {
  expect(child(graph, 'central', 'aws:kms/key:Key').inputs).toMatchObject({
    enableKeyRotation: true,
    deletionWindowInDays: 30,
    multiRegion: true,
  })
  expect(child(graph, 'central', 'aws:kms/alias:Alias').inputs).toEqual({
    namePrefix: 'alias/micropop-summit-',
    targetKeyId: 'key.central.keyId',
  })
})

test('without a copy in another region the key stays in its own', async () => {
  const alone = await recordGraph(withEncryption('event-key'))
  expect(child(alone, 'central', 'aws:kms/key:Key').inputs.multiRegion).toBe(false)
  expect(alone.resources.some(({ type }) => type === 'aws:kms/replicaKey:ReplicaKey')).toBe(false)
})

describe('the policy', () => {
  interface Statement {
    Sid: string
    Principal: Record<string, unknown>
    Action: string | string[]
    Condition?: Record<string, Record<string, unknown>>
  }
  const statements: Statement[] = JSON.parse(
    keyPolicy({ account: '123456789012', region: 'eu-west-1', of: 'everything' }),
  ).Statement
  const encrypts = ({ Action }: Statement) =>
    [Action].flat().some((action) => /^kms:(\*|Encrypt|Decrypt|ReEncrypt|GenerateDataKey)/.test(action))

  test('administrators cannot decrypt, and who decrypts comes through a service or is one', () => {
    const administer = statements.find(({ Sid }) => Sid === 'Administer') as Statement
    expect(encrypts(administer)).toBe(false)
    expect(administer.Action).toContain('kms:PutKeyPolicy')
    expect(administer.Action).toContain('kms:ScheduleKeyDeletion')
    for (const { Condition } of statements.filter(encrypts)) {
      const of = JSON.stringify(Condition)
      expect(of).toMatch(/kms:ViaService|aws:SourceArn|kms:EncryptionContext:aws:logs:arn/)
      expect(of).toContain('123456789012')
    }
  })

  test('grants are for AWS itself, and services are those of the region', () => {
    expect(statements.find(({ Sid }) => Sid === 'LendToServices')?.Condition).toEqual({
      Bool: { 'kms:GrantIsForAWSResource': 'true' },
      StringEquals: {
        'kms:CallerAccount': '123456789012',
        'kms:ViaService': ['ec2', 'rds', 's3', 'secretsmanager'].map((s) => `${s}.eu-west-1.amazonaws.com`),
      },
    })
    expect(keyPolicy({ account: '123456789012', region: 'eu-central-1', of: 'bucket' })).not.toMatch(
      /ec2\.|logs\.|eu-west-1/,
    )
  })
})

test('who reads may decrypt through the services that it reads from, and nothing else', () => {
  const policy = (parent: string, name: string) =>
    JSON.parse(String(child(graph, parent, 'aws:iam/rolePolicy:RolePolicy', name).inputs.policy)).Statement
  expect(policy('remote', 'remote-pop')).toContainEqual({
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: KEY,
    Condition: { StringLike: { 'kms:ViaService': ['s3.*.amazonaws.com', 'secretsmanager.*.amazonaws.com'] } },
  })
  expect(policy('central', 'central-ingest-secrets')).toContainEqual(
    expect.objectContaining({ Action: 'kms:Decrypt', Resource: KEY }),
  )
  const copies = policy('central', 'central-assets-copy') as { Action: unknown; Resource: string }[]
  expect(copies.filter(({ Action }) => String(Action).includes('kms:')).map((each) => each.Resource)).toEqual(
    [KEY, 'replicaKey.central-copy.arn'],
  )
})

test('Auto Scaling may use the key before its group starts a machine', () => {
  const grant = child(graph, 'on-spot', 'aws:kms/grant:Grant')
  expect(grant.inputs).toMatchObject({
    keyId: KEY,
    granteePrincipal:
      'arn:aws:iam::account:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling',
    operations: expect.arrayContaining(['CreateGrant', 'GenerateDataKeyWithoutPlaintext']),
  })
  expect(child(graph, 'on-spot', 'aws:autoscaling/group:Group').dependencies).toContain(grant.urn)
})

async function graphWithKey(spec: EventSpec, kmsKeyArn: string): Promise<ResourceGraph> {
  const { resources } = await startRecording('micropop', 'summit', 'eu-west-1')
  declareEvent(spec, { ...unsetDeployment(), kmsKeyArn })
  await runtime.disconnect()
  return { project: 'micropop', stack: 'summit', resources }
}

const MADE = /^aws:kms\/(key|alias|replicaKey):/

test('an existing key is used and not touched; Auto Scaling is granted its use', async () => {
  const arn = 'arn:aws:kms:eu-west-1:123456789012:key/mrk-0a1b2c3d4e5f60718293a4b5c6d7e8f9'
  const spot: Ec2Pop = { ...(remoteVenue().pop as Ec2Pop), policy: 'spot' }
  const spec = { ...withEncryption('event-key', 'eu-central-1'), venues: [remoteVenue({ pop: spot })] }
  const brought = await graphWithKey(spec, arn)
  expect(brought.resources.filter(({ type }) => MADE.test(type))).toEqual([])
  expect(new Set(Object.values(keysOf(brought)))).toEqual(
    new Set([arn, arn.replace('eu-west-1', 'eu-central-1')]),
  )
  expect(child(brought, 'remote', 'aws:kms/grant:Grant').inputs.keyId).toBe(arn)
})

describe('a key that is there', () => {
  const arn = 'arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'
  const told = (keyState: string, keySpec = 'SYMMETRIC_DEFAULT') =>
    usableKey(arn, Promise.resolve({ arn, keySpec, keyState }))

  test.each([
    ['PendingDeletion', undefined, 'is PendingDeletion'],
    ['Disabled', undefined, 'is Disabled'],
    ['Enabled', 'RSA_2048', 'is RSA_2048, and volumes and databases take symmetric keys only'],
  ])('%s, %s is refused', async (state, spec, why) => {
    await expect(told(state, spec)).rejects.toThrow(
      `KMS key ${arn} ${why} [MP_KEY_UNUSABLE]\n  Name another: pulumi config set micropop:kmsKey ARN`,
    )
  })

  test('encrypts where it is enabled and symmetric', async () => {
    expect(await told('Enabled')).toBe(arn)
  })
})

test("with AWS's own keys there is no KMS resource, and everything is encrypted all the same", async () => {
  const without = await recordGraph(withEncryption('aws-keys', 'eu-central-1'))
  expect(without.resources.filter(({ type }) => type.startsWith('aws:kms/'))).toEqual([])
  expect(Object.values(keysOf(without)).filter((key) => key !== undefined)).toEqual([])
  expect(child(without, 'remote', 'aws:ebs/volume:Volume').inputs.encrypted).toBe(true)
  expect(child(without, 'central', 'aws:rds/instance:Instance').inputs.storageEncrypted).toBe(true)
})

describe('the setting', () => {
  const ARN = 'arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'
  const config = (kmsKey?: string): Pick<StackConfig, 'get'> => ({
    get: ((key: string) => (key === 'kmsKey' ? kmsKey : undefined)) as StackConfig['get'],
  })

  test('is the ARN of a key of the region', () => {
    expect(configuredKey(config(), eventWith())).toBeNull()
    expect(configuredKey(config(ARN), eventWith())).toBe(ARN)
  })

  test.each([
    ['alias/mine', withEncryption('event-key'), 'is not the ARN of a KMS key'],
    ['arn:aws:kms:eu-west-1:123456789012:key/', withEncryption('event-key'), 'is not the ARN of a KMS key'],
    [ARN.replace('eu-west-1', 'us-east-1'), withEncryption('event-key'), 'a key of us-east-1, and the event'],
    [ARN, withEncryption('aws-keys'), 'asks for none'],
    [ARN, withEncryption('event-key', 'eu-central-1'), 'a key of one region'],
  ])('%s is refused', (arn, spec, message) => {
    expect(() => configuredKey(config(arn), spec)).toThrow(
      expect.objectContaining({ code: 'MP_KEY_INVALID', message: expect.stringContaining(message) }),
    )
  })
})
