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
  'credits of a reserved type without credits': [
    `instanceType: m5.large, policy: reserved, credits: ${MARK}standard`,
    'm5.large has no CPU credits; leave `credits` out',
  ],
}

test.each(Object.entries(MISTAKES))('%s', (_name, [machine, message]) => {
  const event = change(EVENT, POP, machine)
  expect(complaints({ event })).toEqual([`${markOf('event.yaml', event)}: ${message}`])
})

test('another type that the region does not have', () => {
  const inStockholm = change(EVENT, 'region: eu-west-1', 'region: eu-north-1')
  const event = change(inStockholm, POP, `instanceType: t3.large, policy: spot, orTypes: [${MARK}t3a.large]`)
  expect(complaints({ event })).toEqual([
    `${markOf('event.yaml', event)}: t3a.large has no price in eu-north-1; most like it are t3.large, t3.medium and t3.small`,
  ])
})
