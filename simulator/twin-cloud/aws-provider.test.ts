// The twin's `aws` provider: knows every type our program makes, answers alike every time, and sees every change.
import { beforeAll, describe, expect, test } from 'vitest'
import type { ResourceNode } from '../../infra/graph.ts'
import { recordGraph } from '../../infra/resource-graph.ts'
import { eventWith } from '../../infra/testing/events.ts'
import { twinAwsProvider } from './aws-provider.ts'
import { createTwinResource, TWIN_TYPES } from './aws-resources.ts'
import { RULED_TYPES } from './replace-rules.ts'
import { TwinCloud } from './twin-cloud.ts'

const REGION = 'eu-west-1'
const URN = 'urn:pulumi:summit::micropop::micropop:infra:CentralServices$aws:ec2/vpc:Vpc::central'
const TIMEOUT_MS = 30_000

const provider = twinAwsProvider(new TwinCloud({ region: REGION }))
let resources: ResourceNode[]
beforeAll(async () => {
  const graph = await recordGraph(eventWith())
  resources = graph.resources.filter(({ type }) => type.startsWith('aws:'))
}, TIMEOUT_MS)

async function changes(olds: object, news: object): Promise<boolean | undefined> {
  return (await provider.diff?.('id', URN, olds, news))?.changes
}

describe('creating', () => {
  test('every resource of the program has an id of its own', () => {
    const identities = resources.map(({ urn, type, inputs }) => {
      const { id } = createTwinResource(urn, inputs, REGION)
      expect(id, urn).toMatch(/\S/)
      return `${type} ${id}`
    })
    expect(new Set(identities).size).toBe(resources.length)
  })

  test('the cloud and the rules of replacement know every type of the program', async () => {
    for (const { urn, inputs } of resources)
      expect((await provider.check?.(urn, {}, inputs))?.failures, urn).toBeUndefined()
    expect([...TWIN_TYPES].filter((type) => !RULED_TYPES.has(type))).toEqual([])
  })

  test('outputs have the shape of AWS', () => {
    const { id, outputs } = createTwinResource(URN, {}, REGION)
    expect(id).toMatch(/^vpc-[0-9a-f]{17}$/)
    expect(outputs.arn).toBe(`arn:aws:ec2:${REGION}:123456789012:vpc/${id}`)
    expect(outputs.mainRouteTableId).toMatch(/^rtb-[0-9a-f]{17}$/)
  })

  test('the same resource gets the same answers, and its replacement others', () => {
    expect(createTwinResource(URN, {}, REGION)).toEqual(createTwinResource(URN, {}, REGION))
    expect(createTwinResource(URN, {}, REGION, 2)).not.toEqual(createTwinResource(URN, {}, REGION))
  })

  test('a type outside of the program is refused by name', async () => {
    const urn = URN.replace('aws:ec2/vpc:Vpc', 'aws:sqs/queue:Queue')
    expect((await provider.check?.(urn, {}, {}))?.failures).toEqual([
      { property: '', reason: "the twin's cloud has no aws:sqs/queue:Queue" },
    ])
  })
})

describe('comparing', () => {
  const inputs = { cidrBlock: '10.64.0.0/16', tags: { a: '1', b: '2' } }
  const state = { ...createTwinResource(URN, inputs, REGION).outputs, ...inputs }

  test('nothing changed, whatever the order of keys', async () => {
    expect(await changes(state, { tags: { b: '2', a: '1' }, cidrBlock: '10.64.0.0/16' })).toBe(false)
  })

  test.each([
    ['another value', { ...inputs, cidrBlock: '10.65.0.0/16' }],
    ['a value inside', { ...inputs, tags: { a: '1', b: '3' } }],
    ['a key more', { ...inputs, enableDnsSupport: true }],
    ['a key less', { cidrBlock: inputs.cidrBlock }],
  ])('%s is a change', async (_what, news) => {
    expect(await changes(state, news)).toBe(true)
  })
})

test('a question outside of the program is refused by name', async () => {
  await expect(provider.invoke?.('aws:ec2/getAmi:getAmi', {})).rejects.toThrow(/getAmi/)
})
