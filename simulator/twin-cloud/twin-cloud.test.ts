// The twin's cloud refuses what AWS refuses, replaces what the provider replaces, and forgets what is deleted.
import { describe, expect, test } from 'vitest'
import { twinAwsProvider } from './aws-provider.ts'
import { parseFault } from './faults.ts'
import { TwinCloud } from './twin-cloud.ts'

const REGION = 'eu-west-1'
const VPC = 'aws:ec2/vpc:Vpc'
const SUBNET = 'aws:ec2/subnet:Subnet'
const INSTANCE = 'aws:ec2/instance:Instance'
const ROLE = 'aws:iam/role:Role'
const PROFILE = 'aws:iam/instanceProfile:InstanceProfile'
const TASK = 'aws:ecs/taskDefinition:TaskDefinition'

function urn(type: string, name = 'hall'): string {
  return `urn:pulumi:summit::micropop::${type}::${name}`
}

function account() {
  const cloud = new TwinCloud({ region: REGION })
  const provider = twinAwsProvider(cloud)
  async function create(type: string, inputs: object, name?: string): Promise<string> {
    return (await provider.create?.(urn(type, name), inputs))?.id ?? ''
  }
  const remove = (type: string, id: string) => provider.delete?.(id, urn(type), {})
  const read = (type: string, id: string) => provider.read?.(id, urn(type), {})
  return { cloud, provider, create, remove, read }
}

describe('what exists', () => {
  test('is read as it is now, and a drift shows', async () => {
    const { cloud, create, read } = account()
    const id = await create(VPC, { cidrBlock: '10.0.0.0/16' })
    const [thing] = cloud.store.ofType(VPC)
    if (thing !== undefined) cloud.store.change(thing, { cidrBlock: '10.0.0.0/16', tags: { by: 'hand' } })
    expect(await read(VPC, id)).toMatchObject({ id, props: { tags: { by: 'hand' } } })
  })

  test('is gone when it was deleted, here or by someone else', async () => {
    const { cloud, create, remove, read } = account()
    const id = await create(VPC, {})
    await remove(VPC, id)
    expect(await read(VPC, id)).toEqual({ id: '', props: {} })
    await remove(VPC, id)
    expect(cloud.store.all()).toEqual([])
  })

  test('a replacement is another thing beside the old one, revisions of a family too', async () => {
    const { cloud, create } = account()
    const ids = [await create(VPC, {}), await create(VPC, {})]
    expect(new Set(ids).size).toBe(2)
    await create(TASK, { family: 'central' })
    await create(TASK, { family: 'central' })
    expect(cloud.store.ofType(TASK).map(({ outputs }) => outputs.revision)).toEqual([1, 2])
  })
})

describe('what AWS refuses', () => {
  test('a subnet that does not exist, unless it was there before us', async () => {
    const { provider, create } = account()
    const subnetId = 'subnet-0123456789abcdef0'
    await expect(create(INSTANCE, { subnetId })).rejects.toThrow(
      `creating ec2.Instance: api error InvalidSubnetID.NotFound: subnetId '${subnetId}' does not exist`,
    )
    await provider.invoke?.('aws:ec2/getSubnet:getSubnet', { id: subnetId })
    await create(INSTANCE, { subnetId })
  })

  test('a network that others stand in is not deleted', async () => {
    const { create, remove } = account()
    const vpcId = await create(VPC, {})
    const subnetId = await create(SUBNET, { vpcId })
    await expect(remove(VPC, vpcId)).rejects.toThrow(/DependencyViolation.*subnet-/)
    await remove(SUBNET, subnetId)
    await remove(VPC, vpcId)
  })

  test('a role of another stack, by name or by ARN', async () => {
    const { create } = account()
    await expect(create(PROFILE, { role: 'other' })).rejects.toThrow(/NoSuchEntity/)
    const executionRoleArn = 'arn:aws:iam::123456789012:role/other'
    await expect(create(TASK, { family: 'central', executionRoleArn })).rejects.toThrow(/NoSuchEntity/)
  })

  test('a role that is not seen yet is asked for again, and the provider outlasts it', async () => {
    const { cloud, create } = account()
    await create(PROFILE, { role: await create(ROLE, {}) })
    expect(cloud.retries).toEqual([{ type: 'iam.InstanceProfile', code: 'NoSuchEntity' }])
  })
})

describe('faults', () => {
  const types = [VPC, INSTANCE]

  test('an instance for which there is no capacity fails once and is not there', async () => {
    const { cloud, create } = account()
    cloud.faults.inject(parseFault('ec2.Instance:InsufficientInstanceCapacity', types))
    await create(VPC, {})
    await expect(create(INSTANCE, {})).rejects.toThrow(/api error InsufficientInstanceCapacity/)
    expect(cloud.store.ofType(INSTANCE)).toEqual([])
    await create(INSTANCE, {})
    expect(cloud.faults.pending).toBe(0)
  })

  test('throttling is outlasted, with longer and longer waits', async () => {
    const waits: number[] = []
    const cloud = new TwinCloud({ region: REGION, sleep: async (ms) => void waits.push(ms) })
    cloud.faults.inject(parseFault('ec2.Vpc:Throttling', types))
    await twinAwsProvider(cloud).create?.(urn(VPC), {})
    expect(waits).toEqual([100, 200, 400])
    expect(cloud.retries).toHaveLength(3)
  })

  test.each([
    ['rds.Instance:Throttling', /this event makes no rds.Instance/],
    ['ec2.Vpc:InsufficientInstanceCapacity', /ec2.Vpc is not known to answer Insuff/],
    ['ec2.Vpc', /ec2.Vpc is not known to answer an empty code/],
  ])('%s is refused with what there is', (text, why) => {
    expect(() => parseFault(text, types)).toThrow(
      expect.objectContaining({ code: 'MP_FAULT_INVALID', exitCode: 2, message: expect.stringMatching(why) }),
    )
  })
})

describe('replacing', () => {
  const { provider } = account()
  async function replaces(type: string, olds: object, news: object) {
    return (await provider.diff?.('id', urn(type), olds, news))?.replaces
  }

  test('another range of addresses is another network, other tags are not', async () => {
    expect(await replaces(VPC, { cidrBlock: 'a', tags: {} }, { cidrBlock: 'b', tags: {} })).toEqual([
      'cidrBlock',
    ])
    expect(await replaces(VPC, { cidrBlock: 'a', tags: {} }, { cidrBlock: 'a', tags: { x: '1' } })).toEqual(
      [],
    )
  })

  test('a name that AWS made up is no change', async () => {
    const olds = { cluster: 'c', name: 'central-ab12cd3', desiredCount: 1 }
    const news = { cluster: 'c', desiredCount: 2 }
    expect(await replaces('aws:ecs/service:Service', olds, news)).toEqual([])
    expect(await replaces('aws:ecs/service:Service', olds, { ...news, cluster: 'd' })).toEqual(['cluster'])
  })

  test('other user data is another machine only where the program says so', async () => {
    const news = { userData: 'b', userDataReplaceOnChange: true }
    expect(await replaces(INSTANCE, { ...news, userData: 'a' }, news)).toEqual(['userData'])
    expect(await replaces(INSTANCE, { userData: 'a' }, { userData: 'b' })).toEqual([])
  })

  test('an encrypted root disk is another machine, a larger one is not', async () => {
    const disk = { encrypted: false, volumeSize: 8 }
    const change = (more: object) =>
      replaces(INSTANCE, { rootBlockDevice: disk }, { rootBlockDevice: { ...disk, ...more } })
    expect(await change({ encrypted: true })).toEqual(['rootBlockDevice.encrypted'])
    expect(await change({ volumeSize: 12 })).toEqual([])
  })
})
