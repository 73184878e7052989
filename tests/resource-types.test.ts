// The types of resources that the program makes: the twin's cloud has exactly these, and each has a price or says why not.
import { beforeAll, expect, test } from 'vitest'
import type { ResourceGraph } from '../infra/graph.ts'
import { recordGraph, recordMachineImage } from '../infra/resource-graph.ts'
import { eventWithEverything, eventWithEverythingOnAurora } from '../infra/testing/events.ts'
import { freeWhy, meterOf } from '../simulator/costs/meters/registry.ts'
import { TWIN_TYPES } from '../simulator/twin-cloud/aws-resources.ts'
import { RULED_TYPES } from '../simulator/twin-cloud/replace-rules.ts'

const TIMEOUT_MS = 60_000

let graphs: ResourceGraph[]
beforeAll(async () => {
  graphs = [
    await recordGraph(eventWithEverything()),
    await recordGraph(eventWithEverythingOnAurora()),
    await recordMachineImage({ region: 'eu-west-1', image: 'micropop:1', architectures: ['arm64'] }),
  ]
}, TIMEOUT_MS)

const made = (cloud: string) =>
  [...new Set(graphs.flatMap(({ resources }) => resources.map(({ type }) => type)))]
    .filter((type) => type.startsWith(cloud))
    .sort()

test("the twin's cloud has what the program makes, and nothing else", () => {
  expect(made('aws:')).toEqual([...TWIN_TYPES].sort())
})

test('of each type it is known which changes replace it', () => {
  expect(made('aws:').filter((type) => !RULED_TYPES.has(type))).toEqual([])
})

test('each type has a meter, or is free for a reason', () => {
  const all = made('').filter((type) => type !== '')
  expect(all.filter((type) => meterOf(type) === null && freeWhy(type) === null)).toEqual([])
  expect(all.filter((type) => meterOf(type) !== null && freeWhy(type) !== null)).toEqual([])
})
