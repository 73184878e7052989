// moto judges what the twin's cloud is asked for: every type of the program passes and goes, and a wrong parameter does not.
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EventSpec } from '../../../infra/event/event.ts'
import { recordGraph } from '../../../infra/resource-graph.ts'
import { eventWithEverything, eventWithEverythingOnAurora } from '../../../infra/testing/events.ts'
import { rehearsalClock } from '../../rehearsal/clock.ts'
import { ProcessGroup } from '../../rehearsal/process-group.ts'
import { twinAwsProvider } from '../aws-provider.ts'
import { TWIN_TYPES } from '../aws-resources.ts'
import { deployRecording, destroyRecording } from '../testing/deploy-recording.ts'
import { TwinCloud } from '../twin-cloud.ts'
import { JUDGED_TYPES } from './judged-types.ts'
import { MotoJudge } from './moto-judge.ts'
import { findMoto, startMoto } from './moto-server.ts'

const TIMEOUT_MS = 120_000
const REGION = 'eu-west-1'
const command = await findMoto()
const ending = new AsyncDisposableStack()
afterAll(() => ending.disposeAsync())

let endpoint: string
beforeAll(async () => {
  if (command === null) return
  const folder = ending.use(await mkdtempDisposable(join(tmpdir(), 'micropop-moto-')))
  const group = await ProcessGroup.open(folder.path)
  ending.defer(() => group.stop())
  const { signal } = new AbortController()
  endpoint = await startMoto({ group, command, clock: rehearsalClock, signal })
}, TIMEOUT_MS)

beforeEach(({ skip }) => skip(command === null, 'no moto: run `node tools/setup.mjs --moto`'))

let accounts = 0

/** An account that moto judges, and nothing runs in it. What is made here has names of its own in the one moto. */
function account() {
  const stack = `summit-${++accounts}`
  const judge = ending.use(new MotoJudge(endpoint, REGION))
  const cloud = new TwinCloud({ region: REGION, judge })
  const provider = twinAwsProvider(cloud)
  const urn = (type: string, name: string) => `urn:pulumi:${stack}::micropop::${type}::${name}`
  async function create(type: string, inputs: object, name = 'hall') {
    const made = await provider.create?.(urn(type, name), inputs)
    return { urn: urn(type, name), id: made?.id ?? '', outs: made?.outs ?? {} }
  }
  return { cloud, judge, provider, create }
}

describe('an event with everything', () => {
  const made = new Set<string>()

  test.each<[string, EventSpec]>([
    ['of a database on RDS', eventWithEverything()],
    ['of a database on Aurora', { ...eventWithEverythingOnAurora(), name: 'gala' }],
  ])('%s is made in moto, and goes', { timeout: TIMEOUT_MS }, async (_, event) => {
    const { cloud, judge, provider } = account()
    // A stack that may be destroyed, as the rehearsal's is.
    const graph = JSON.parse(
      JSON.stringify(await recordGraph(event)).replaceAll(
        '"deletionProtection":true',
        '"deletionProtection":false',
      ),
    )
    const resources = await deployRecording(graph, provider)
    const judged = cloud.store.all().filter(({ type }) => type in JUDGED_TYPES)
    for (const { type } of judged) made.add(type)
    const missing = await Promise.all(
      judged.map(async (each) => ((await judge.exists(each)) ? '' : each.urn)),
    )
    expect(missing.filter(Boolean)).toEqual([])
    await destroyRecording(resources, provider)
    const left = await Promise.all(judged.map(async (each) => ((await judge.exists(each)) ? each.urn : '')))
    expect(left.filter(Boolean)).toEqual([])
    expect(cloud.store.all()).toEqual([])
  })

  test('has every type that moto judges', () => {
    expect([...made].sort()).toEqual(Object.keys(JUDGED_TYPES).sort())
    expect(Object.keys(JUDGED_TYPES).filter((type) => !TWIN_TYPES.has(type))).toEqual([])
  })
})

describe('refuses', () => {
  const VPC = 'aws:ec2/vpc:Vpc'
  const SUBNET = 'aws:ec2/subnet:Subnet'

  test.each<[string, string, object, RegExp]>([
    [
      'a range that is none',
      VPC,
      { cidrBlock: '10.0.0.0/33' },
      /^creating ec2.Vpc: api error InvalidParameterValue/,
    ],
    [
      'a machine of a type that there is not',
      'aws:ec2/instance:Instance',
      { ami: 'ami-0123456789abcdef0', instanceType: 't9.medium' },
      /^creating ec2.Instance: api error InvalidInstanceType/,
    ],
  ])('%s', async (_, type, inputs, why) => {
    const { cloud, create } = account()
    await expect(create(type, inputs)).rejects.toThrow(why)
    await expect(create(type, inputs)).rejects.toThrow(/\(says moto\)$/)
    expect(cloud.store.all()).toEqual([])
  })

  test('a subnet outside of its network, and one that overlaps another', async () => {
    const { create } = account()
    const vpcId = (await create(VPC, { cidrBlock: '10.64.0.0/16' })).id
    await expect(create(SUBNET, { vpcId, cidrBlock: '10.65.0.0/20' })).rejects.toThrow(/InvalidSubnet.Range/)
    await create(SUBNET, { vpcId, cidrBlock: '10.64.0.0/20' })
    const again = create(SUBNET, { vpcId, cidrBlock: '10.64.0.0/21' }, 'other')
    await expect(again).rejects.toThrow(/InvalidSubnet.Conflict/)
  })

  test('a policy of a role that does not parse', async () => {
    const { cloud, create } = account()
    const { id: role } = await create('aws:iam/role:Role', { assumeRolePolicy: JSON.stringify(ASSUMED) })
    await expect(create('aws:iam/rolePolicy:RolePolicy', { role, policy: '{"Version":' })).rejects.toThrow(
      /iam.RolePolicy: api error MalformedPolicyDocument/,
    )
    expect(cloud.store.all().map(({ type }) => type)).toEqual(['aws:iam/role:Role'])
  })

  test('rules of a group that are wrong leave no group behind', async () => {
    const { judge, cloud, create } = account()
    const vpcId = (await create(VPC, { cidrBlock: '10.66.0.0/16' })).id
    const rule = { protocol: 'tcp', fromPort: 80, toPort: 80, cidrBlocks: ['10.66.0.0/99'] }
    const group = create('aws:ec2/securityGroup:SecurityGroup', { vpcId, description: 'x', ingress: [rule] })
    await expect(group).rejects.toThrow(/ec2.SecurityGroup: api error Invalid/)
    const [vpc] = cloud.store.ofType(VPC)
    if (vpc === undefined) throw new Error('no network')
    // A network with a group in it could not go.
    await cloud.remove(vpc)
    expect(await judge.exists(vpc)).toBe(false)
  })
})

test('what someone deleted in moto is seen as gone', async () => {
  const { cloud, judge, provider, create } = account()
  const made = await create('aws:sns/topic:Topic', {})
  const [topic] = cloud.store.all()
  if (topic === undefined) throw new Error('no topic')
  expect((await provider.read?.(made.id, made.urn, made.outs))?.id).toBe(made.id)
  await judge.delete(topic)
  expect((await provider.read?.(made.id, made.urn, made.outs))?.id).toBe('')
})

test('a network that was there before is known to moto by the identifiers that the user named', async () => {
  const { provider, create } = account()
  const [vpcId, subnetId] = ['vpc-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60713']
  await provider.invoke?.('aws:ec2/getSubnet:getSubnet', { id: subnetId, vpcId })
  await provider.invoke?.('aws:ec2/getVpc:getVpc', { id: vpcId })
  const { id: group } = await create('aws:ec2/securityGroup:SecurityGroup', { vpcId, description: 'hall' })
  const face = await create('aws:ec2/networkInterface:NetworkInterface', {
    subnetId,
    securityGroups: [group],
  })
  expect(face.outs).toMatchObject({ subnetId, privateIp: expect.stringMatching(/^10\.80\./) })
})

test('a key that was there before is one in moto, and is lent to Auto Scaling', async () => {
  const { cloud, judge, provider, create } = account()
  const keyId = `arn:aws:kms:${REGION}:210987654321:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9`
  await provider.invoke?.('aws:kms/getKey:getKey', { keyId })
  await create('aws:kms/grant:Grant', { keyId, granteePrincipal: AUTO_SCALING, operations: ['CreateGrant'] })
  const [grant] = cloud.store.all()
  if (grant === undefined) throw new Error('no grant')
  expect(await judge.exists(grant)).toBe(true)
  await judge.delete(grant)
  expect(await judge.exists(grant)).toBe(false)
})

test('a Local Zone, which moto does not know, is a zone of its region there', async () => {
  const { create } = account()
  const vpcId = (await create('aws:ec2/vpc:Vpc', { cidrBlock: '10.67.0.0/16' })).id
  const availabilityZone = `${REGION}-dub-1a`
  const subnet = await create('aws:ec2/subnet:Subnet', { vpcId, cidrBlock: '10.67.0.0/24', availabilityZone })
  expect(subnet.outs.availabilityZone).toBe(availabilityZone)
})

const AUTO_SCALING =
  'arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling'

const ASSUMED = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } }],
}
