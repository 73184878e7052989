// Central services under a commitment, by hand: a database that is reserved, a discount, and rates that are missing.
import { expect, test } from 'vitest'
import { bookOf, eventFor } from '../testing/fixtures.ts'
import { centralServices } from './central-services.ts'

const MILLI = 1_000_000_000n
const event = (from: string, service?: 'rds') => {
  const plain = eventFor(from, 10, { region: 'eu-west-1' })
  const { central, finance } = plain
  return {
    ...plain,
    central: {
      ...central,
      database: {
        ...{ engine: 'postgres' as const, instanceClass: 'db.t4g.micro', storageBytes: 20 * 2 ** 30 },
        multiAz: false,
      },
      ingest: { vcpu: 0.5, memoryBytes: 2 ** 30, tasks: 2, maxTasks: 2 },
    },
    finance: { ...finance, discounts: service ? [{ service, share: 0.5 }] : [] },
  }
}
const DATABASE = 'rds.postgresql.db.t4g.micro.single-az'
const book = bookOf(
  `${DATABASE} 0.02 hour`,
  `${DATABASE}.reserved-1y-no-upfront 0.01 hour`,
  'fargate.x86.vcpu 0.04 vCPU-hour',
)
const of = (events: Parameters<typeof centralServices>[0]) => {
  const found = Object.fromEntries(centralServices(events, book).map((service) => [service.rateId, service]))
  return { database: found[DATABASE], vcpu: found['fargate.x86.vcpu'], memory: found['fargate.x86.memory'] }
}

test("a database of 10 hours: 0.2 USD on demand, 87.6 USD for a year, of which 0.1 are the event's", () => {
  const { database } = of([event('2026-06-10T08:00:00Z')])
  expect(database).toMatchObject({ onDemand: 200n * MILLI, peak: 1, hours: 10 })
  const [year, ...others] = database?.commitments ?? []
  // 8,760 × 0.01 = 87.6 USD at 0.2 USD an event day: cheaper from day 438 on.
  expect(year).toMatchObject({ cash: 87_600n * MILLI, attributed: 100n * MILLI, breakEvenDays: 438 })
  expect(others).toHaveLength(5)
  expect(
    others.every(({ cash, missing }) => cash === null && missing?.startsWith(`${DATABASE}.reserved-`)),
  ).toBe(true)
})

test('Fargate: half a vCPU twice is 10 vCPU-hours, its Savings Plans are holes, memory has no price at all', () => {
  const { vcpu, memory } = of([event('2026-06-10T08:00:00Z')])
  expect(vcpu?.onDemand).toBe(400n * MILLI)
  expect(vcpu?.commitments.map(({ missing }) => missing)).toEqual([
    'fargate.x86.vcpu.savings-plan-1y-no-upfront',
    'fargate.x86.vcpu.savings-plan-3y-no-upfront',
  ])
  expect(memory?.onDemand).toBeNull()
})

test('events that overlap need two at once, and a discount of the service comes off', () => {
  const two = of([event('2026-06-10T08:00:00Z'), event('2026-06-10T12:00:00Z')]).database
  expect(two).toMatchObject({ peak: 2, hours: 20 })
  expect(two?.commitments[0]?.cash).toBe(175_200n * MILLI)
  expect(of([event('2026-06-10T08:00:00Z', 'rds')]).database?.onDemand).toBe(100n * MILLI)
})
