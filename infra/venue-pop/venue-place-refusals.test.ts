// What only AWS can say of a PoP's place: a preview refuses it, with the venue's line.
import { ComponentResource, runtime } from '@pulumi/pulumi'
import { expect, test } from 'vitest'
import type { PopSubnet } from '../event/event.ts'
import { symbolicCall } from '../symbolic-outputs.ts'
import { checkOffered, existingSubnet } from './venue-place.ts'

const ZONE = 'eu-west-1-dub-1a'
const OUTPOST = 'arn:aws:outposts:eu-west-1:123456789012:outpost/op-0a1b2c3d4e5f60718'
const SUBNET = 'subnet-0a1b2c3d4e5f60718'
const IN_ZONE: PopSubnet = { zone: ZONE, outpost: null, cidr: null }
const ON_OUTPOST: PopSubnet = { zone: null, outpost: OUTPOST, cidr: null }

const GET_ZONE = 'aws:index/getAvailabilityZone:getAvailabilityZone'
const GET_OFFERS = 'aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings'
const GET_OUTPOST = 'aws:outposts/getOutpostInstanceTypes:getOutpostInstanceTypes'
const GET_SUBNET = 'aws:ec2/getSubnet:getSubnet'

/** By token of the question; an error is what AWS says. */
type Answers = Record<string, Record<string, unknown> | Error>

const subnetIn = (availabilityZone: string, outpostArn = ''): Answers => ({
  [GET_SUBNET]: { id: SUBNET, availabilityZone, outpostArn },
})

/** Every question about the place of a PoP in an existing subnet, answered by `answers` or else as a recording is. */
async function ask(subnet: PopSubnet | null, answers: Answers): Promise<unknown> {
  await runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
    call: ({ token, inputs }) => {
      const answer = answers[token]
      // Over the engine's connection only this is left of an error.
      if (answer instanceof Error) throw Object.assign(answer, { details: answer.message })
      return answer ?? symbolicCall(token, inputs, 'eu-west-1')
    },
  })
  const parent = new ComponentResource('micropop:index:VenuePop', 'remote')
  const pop = { instanceType: 't3.medium', orTypes: [], subnet }
  const args = [{ venue: 'remote' }, pop, { file: 'summit.yaml', line: 18 }, parent] as const
  await checkOffered(...args)
  return existingSubnet(SUBNET, 'vpc-0a1b2c3d4e5f60718', ...args)
}

test.each<[string, PopSubnet | null, Answers, string]>([
  [
    'MP_ZONE_NOT_OPTED_IN',
    IN_ZONE,
    { [GET_ZONE]: { groupName: 'eu-west-1-dub-1', optInStatus: 'not-opted-in' }, ...subnetIn(ZONE) },
    `has not opted in to ${ZONE} [MP_ZONE_NOT_OPTED_IN]\n  Opt in, which takes some minutes: aws ec2 modify-availability-zone-group --group-name eu-west-1-dub-1 `,
  ],
  [
    'MP_ZONE_UNKNOWN',
    IN_ZONE,
    {
      [GET_ZONE]: new Error(`InvalidParameterValue: Invalid availability zone: [${ZONE}]`),
      ...subnetIn(ZONE),
    },
    `AWS has no zone ${ZONE} [MP_ZONE_UNKNOWN]`,
  ],
  [
    'MP_TYPE_NOT_THERE in a zone',
    IN_ZONE,
    { [GET_OFFERS]: { instanceTypes: ['m5.large'] }, ...subnetIn(ZONE) },
    `${ZONE} has no t3.medium [MP_TYPE_NOT_THERE]`,
  ],
  [
    'MP_TYPE_NOT_THERE on an Outpost',
    ON_OUTPOST,
    { [GET_OUTPOST]: { instanceTypes: ['m5.large'] }, ...subnetIn('eu-west-1a', OUTPOST) },
    `${OUTPOST} has no t3.medium [MP_TYPE_NOT_THERE]`,
  ],
  [
    'MP_SUBNET_ELSEWHERE, of the region',
    IN_ZONE,
    subnetIn('eu-west-1a'),
    `subnet ${SUBNET} is in eu-west-1a, and its PoP is meant for ${ZONE} [MP_SUBNET_ELSEWHERE]`,
  ],
  [
    'MP_SUBNET_ELSEWHERE, of a Local Zone',
    null,
    subnetIn(ZONE),
    `subnet ${SUBNET} is in ${ZONE}, and its PoP is meant for the region [MP_SUBNET_ELSEWHERE]`,
  ],
  [
    'MP_SUBNET_ELSEWHERE, beside the Outpost',
    ON_OUTPOST,
    subnetIn('eu-west-1a'),
    `subnet ${SUBNET} is in eu-west-1a, and its PoP is meant for ${OUTPOST} [MP_SUBNET_ELSEWHERE]`,
  ],
])('%s', async (_, subnet, answers, message) => {
  const said = await ask(subnet, answers).catch((error: Error) => error.message)
  expect(said).toMatch(/^summit\.yaml:18: venue remote: /)
  expect(said).toContain(message)
})

test.each<[string, PopSubnet | null, Answers]>([
  ['in a Local Zone', IN_ZONE, subnetIn(ZONE)],
  ['on an Outpost', ON_OUTPOST, subnetIn('eu-west-1a', OUTPOST)],
  ['in the region', null, subnetIn('eu-west-1b')],
])('a PoP is taken where it is meant to be: %s', async (_, subnet, answers) => {
  expect(await ask(subnet, answers)).toMatchObject({ id: SUBNET })
})
