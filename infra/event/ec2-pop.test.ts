// What an event file may say of a PoP on EC2, and what is refused with its place and what to write instead.
import { expect, test } from 'vitest'
import type { Ec2Pop } from './event.ts'
import { loadEvent } from './load.ts'
import { change, complaints, EVENT, eventFolder, MARK, markOf } from './test-event.ts'

const POP = 'instanceType: t3.large, policy: burstable'

function popOf(machine: string): Ec2Pop {
  const event = change(EVENT, POP, machine)
  return loadEvent(`${eventFolder({ event })}/event.yaml`).venues[1]?.pop as Ec2Pop
}

test('a spot machine has a cap and other types where they are stated', () => {
  expect(popOf('instanceType: t3.large, policy: spot')).toMatchObject({
    ...{ policy: 'spot', creditMode: 'standard', maxPrice: null, orTypes: [] },
  })
  expect(
    popOf('instanceType: m5.large, policy: spot, maxPrice: 0.05 USD, orTypes: [m6a.large, c5.xlarge]'),
  ).toMatchObject({ creditMode: null, maxPrice: 50_000_000_000n, orTypes: ['m6a.large', 'c5.xlarge'] })
})

test('capacity is reserved for any type, and a T type then has credits', () => {
  expect(popOf('instanceType: m5.large, policy: reserved')).toMatchObject({ creditMode: null })
  expect(popOf('instanceType: t3.large, policy: reserved, credits: unlimited')).toMatchObject({
    creditMode: 'unlimited',
  })
})

/** The machine, with a mark where the complaint points, and what is told. */
const MISTAKES: Record<string, [machine: string, message: string]> = {
  'burstable policy on a steady type': [
    `instanceType: m7g.large, policy: ${MARK}burstable`,
    'm7g.large is not burstable; write `policy: on-demand`, or a T type such as t4g.large',
  ],
  'on-demand policy on a burstable type': [
    `instanceType: t3.large, policy: ${MARK}on-demand`,
    't3.large spends CPU credits; write `policy: burstable`, and `credits` for what happens without them',
  ],
  'credits of a type without credits': [
    `instanceType: m7g.large, policy: on-demand, credits: ${MARK}standard`,
    'm7g.large has no CPU credits; leave `credits` out',
  ],
  'cap on another policy': [
    `${POP}, maxPrice: ${MARK}0.02 USD`,
    '`maxPrice` is for spot machines; leave it out, or write `policy: spot`',
  ],
  'other types on another policy': [
    `${POP}, orTypes: ${MARK}[t3a.large]`,
    '`orTypes` is for spot machines; leave it out, or write `policy: spot`',
  ],
  'cap of nothing': [
    `instanceType: t3.large, policy: spot, maxPrice: ${MARK}0 USD`,
    'no machine costs 0 USD; write a price such as 0.02 USD, or leave it out',
  ],
  'cap without a currency': [
    `instanceType: t3.large, policy: spot, maxPrice: ${MARK}0.02`,
    '"0.02" has no unit; write 0.02 USD',
  ],
  'no other type': [
    `instanceType: t3.large, policy: spot, orTypes: ${MARK}[]`,
    'the list of instance types is empty; write at least 1',
  ],
  'type that is misspelt': [
    `instanceType: t3.large, policy: spot, orTypes: [${MARK}t3.xlareg]`,
    '"t3.xlareg" is not an instance type of the catalogue, did you mean "t3.xlarge"?',
  ],
  'type that is there twice': [
    `instanceType: t3.large, policy: spot, orTypes: [${MARK}t3.large]`,
    't3.large is there twice; keep one',
  ],
  'type of another architecture': [
    `instanceType: t3.large, policy: spot, orTypes: [${MARK}t4g.large]`,
    't4g.large is arm64, t3.large is x86_64, and both boot one image; write types such as t3a.large, t2.large and t2.medium',
  ],
  'type without credits': [
    `instanceType: t3.large, policy: spot, orTypes: [${MARK}m5.large]`,
    't3.large spends CPU credits and m5.large does not; write types such as t3a.large, t2.large and t2.medium',
  ],
  'smaller type': [
    `instanceType: m5.xlarge, policy: spot, orTypes: [${MARK}m5.large]`,
    'm5.large has 2 vCPUs, less than the 4 of m5.xlarge; write types such as m6a.xlarge, m6i.xlarge and m7i.xlarge',
  ],
  'instance store of a type without one': [
    `instanceType: m6g.large, policy: on-demand, standby: warm, disk: ${MARK}instance-store`,
    'm6g.large has no instance store; write `disk: gp3`, or a type such as m6gd.large, im4gn.large or m7gd.large',
  ],
  'instance store without another copy': [
    `instanceType: m6gd.large, policy: on-demand, disk: ${MARK}instance-store`,
    'an instance store is gone with its machine; write `standby: warm` too, so that another has a copy, or `disk: gp3`',
  ],
  'topic of another region': [
    `${POP}, alarmTopic: ${MARK}arn:aws:sns:us-east-1:123456789012:ops`,
    'the topic is in us-east-1; an alarm in eu-west-1 notifies topics of eu-west-1 only',
  ],
  'topic that is none': [
    `${POP}, alarmTopic: ${MARK}ops@example.org`,
    '"ops@example.org" is not the ARN of an SNS topic; write one such as arn:aws:sns:eu-west-1:123456789012:show-alarms, or none',
  ],
  'standby of a spot machine': [
    `instanceType: t3.large, policy: spot, standby: ${MARK}warm`,
    'a spot machine has no standby; write another policy, such as `policy: reserved`, or leave it out',
  ],
  'standby that there is not': [
    `${POP}, standby: ${MARK}hot`,
    '"hot" is not a standby; the only one is warm',
  ],
  'credits of a reserved type without credits': [
    `instanceType: m5.large, policy: reserved, credits: ${MARK}standard`,
    'm5.large has no CPU credits; leave `credits` out',
  ],
}

test.each(Object.entries(MISTAKES))('%s', (_name, [machine, message]) => {
  const event = change(change(EVENT, ', volume: 40 GB', ''), POP, machine)
  expect(complaints({ event })).toEqual([`${markOf('event.yaml', event)}: ${message}`])
})

test('an instance store is as large as its type has it, and the queue has room on it', () => {
  const machine = 'instanceType: m6gd.large, policy: on-demand, standby: warm, disk: instance-store'
  const without = change(EVENT, ', volume: 40 GB', '')
  const event = change(without, POP, machine)
  const { venues } = loadEvent(`${eventFolder({ event })}/event.yaml`)
  expect(venues[1]?.pop).toMatchObject({ disk: 'instance-store', volumeBytes: 118e9, standby: 'warm' })
  const large = change(event, 'instance-store, queue: 20 GB', `instance-store, queue: ${MARK}100 GB`)
  expect(complaints({ event: large })).toEqual([
    `${markOf('event.yaml', large)}: the queue leaves the volume too little room; write at most 94 GB, or a larger type`,
  ])
  const both = change(EVENT, `${POP}, volume: 40 GB`, `${machine}, volume: ${MARK}40 GB`)
  expect(complaints({ event: both })).toEqual([
    `${markOf('event.yaml', both)}: the instance store of m6gd.large has 118 GB; leave \`volume\` out, or write \`disk: gp3\``,
  ])
})

test('another type that the region does not have', () => {
  const inStockholm = change(EVENT, 'region: eu-west-1', 'region: eu-north-1')
  const event = change(inStockholm, POP, `instanceType: t3.large, policy: spot, orTypes: [${MARK}t3a.large]`)
  expect(complaints({ event })).toEqual([
    `${markOf('event.yaml', event)}: t3a.large has no price in eu-north-1; most like it are t3.large, t3.medium and t3.small`,
  ])
})
