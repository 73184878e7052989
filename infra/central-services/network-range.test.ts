// Address ranges: what AWS or a PoP would not stand is told with what to write, and room is counted as AWS counts it.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { prefixNeeded, rangeProblem, subnetPrefix } from './network-range.ts'
import { subnetCidrs } from './subnet-cidrs.ts'

test.each([
  ['10.64.0.0/16', undefined],
  ['192.168.4.0/24', undefined],
  ['100.64.0.0/20', undefined],
  ['10.64/16', 'is no range of IPv4 addresses'],
  ['10.64.0.256/24', 'is no range of IPv4 addresses'],
  ['10.0.0.0/8', 'write 10.0.0.0/16'],
  ['10.64.3.0/16', 'write 10.64.0.0/16'],
  ['52.95.0.0/16', 'is not private'],
  ['172.17.128.0/20', 'overlaps 172.17.0.0/16'],
])('%s: %s', (cidr, problem) => {
  if (problem === undefined) expect(rangeProblem(cidr)).toBeUndefined()
  else expect(rangeProblem(cidr)).toContain(problem)
})

test('whatever network is taken is cut into disjoint subnets that AWS takes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 16, max: 26 }), (prefix) => {
      const bits = subnetPrefix(prefix)
      const cidrs = subnetCidrs(`10.64.0.0/${prefix}`, 4, bits)
      expect(new Set(cidrs).size).toBe(4)
      expect(bits).toBeLessThanOrEqual(28)
    }),
  )
})

test('an event needs room for its balancer, database, PoPs, and two versions of its tasks', () => {
  // 5 that AWS keeps, 8 for the balancer, 1 for the database: two tasks make 16, which is a /28.
  expect(prefixNeeded({ tasksMax: 2, machines: 0 })).toBe(26)
  expect(prefixNeeded({ tasksMax: 2, machines: 1 })).toBe(25)
  expect(prefixNeeded({ tasksMax: 100, machines: 50 })).toBe(22)
})
