// The catalogue's facts, checked against AWS's own rules and against each other.
import { expect, test } from 'vitest'
import { loadCatalog } from './catalog.ts'

const catalog = loadCatalog()

test('a burstable type has its size, its credits and its regions', () => {
  expect(catalog.instanceTypes.get('t3.medium')).toMatchObject({
    vcpus: 2,
    memoryMib: 3827,
    burst: { baselinePctPerVcpu: 20, creditsPerHour: 24, maxCredits: 576 },
    sources: ['costwatch', 'awsdocs', 'vantage_bench'],
  })
  expect(catalog.instanceTypes.get('t3.medium')?.regions).toContain('eu-west-1')
})

test('a type with steady performance has no credits', () => {
  expect(catalog.instanceTypes.get('m7g.large')?.burst).toBeNull()
})

test('every T type earns baseline × vCPUs × 60 credits an hour and keeps a day of them', () => {
  const burstable = [...catalog.instanceTypes.values()].filter((type) => /^t\d/.test(type.name))
  expect(burstable).toHaveLength(28)
  for (const { name, vcpus, burst } of burstable) {
    expect(burst, name).not.toBeNull()
    expect(burst?.creditsPerHour, name).toBeCloseTo(
      ((burst?.baselinePctPerVcpu ?? 0) / 100) * (vcpus ?? 0) * 60,
      6,
    )
    expect(burst?.maxCredits, name).toBeCloseTo((burst?.creditsPerHour ?? 0) * 24, 6)
  }
})

test('no cell is guessed: every number is positive or missing', () => {
  for (const type of catalog.instanceTypes.values()) {
    for (const value of [type.vcpus, type.memoryMib]) {
      expect(value === null || value > 0, type.name).toBe(true)
    }
    expect(type.regions.length, type.name).toBeGreaterThan(0)
  }
})

test('regions are known and sorted, and types are not offered everywhere', () => {
  const regions = catalog.regions()
  expect(regions).toContain('eu-west-1')
  expect(regions).toEqual([...regions].sort())
  expect(catalog.instanceTypes.get('t3a.medium')?.regions).not.toContain('eu-north-1')
})

test('database classes carry the names of the API', () => {
  expect(catalog.databaseClasses.get('db.t4g.medium')?.regions).toContain('eu-west-1')
  expect(catalog.databaseClasses.has('db.m6g.2xlarge')).toBe(true)
})

test('what has a `d` or an `i` for its disks has them, and nothing else does', () => {
  const stores = [...catalog.instanceTypes.values()].filter((type) => type.instanceStoreBytes !== null)
  for (const { name } of stores) expect(name).toMatch(/^(i|[a-z]\d[a-z]*d\.|im)/)
  expect(catalog.instanceTypes.get('m6gd.large')?.instanceStoreBytes).toBe(118e9)
  expect(catalog.instanceTypes.get('m6g.large')?.instanceStoreBytes).toBeNull()
})
