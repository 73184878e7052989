import { beforeAll, expect, test } from 'vitest'
import { loadEvent } from '../infra/event/load.ts'
import { COMPONENT, type ResourceGraph } from '../infra/graph.ts'
import { openScenario } from './scenario.ts'
import { readTopology } from './topology.ts'

let graph: ResourceGraph
beforeAll(async () => {
  graph = (await openScenario(loadEvent('scenarios/events/hybrid-conference-2000.yaml'))).graph
})

/** The graph with other inputs of the hall's PoP. */
function hallWith(change: (inputs: Record<string, unknown>) => Record<string, unknown>): ResourceGraph {
  const resources = graph.resources.map((node) => {
    const inputs = structuredClone(node.inputs) as Record<string, unknown>
    if (node.type !== COMPONENT.venuePop || inputs.venue !== 'hall') return node
    return { ...node, inputs: { ...inputs, ...change(inputs) } as typeof node.inputs }
  })
  return { ...graph, resources }
}

const access = (...shares: number[]) => ({
  access: shares.map((share, i) => ({ technology: '4g', signal: ['weak', 'medium', 'strong'][i], share })),
})
const pop = (of: Record<string, unknown>) => (inputs: Record<string, unknown>) => ({
  pop: { ...(inputs.pop as object), ...of },
})

test('a graph of the program is a topology', () => {
  expect(readTopology(graph).venues.map(({ venue }) => venue)).toEqual(['hall', 'remote'])
})

const IMPOSSIBLE: Record<string, [(inputs: Record<string, unknown>) => Record<string, unknown>, string]> = {
  'without an uplink': [() => ({ uplink: null }), 'venue hall has no uplink'],
  'with an uplink of no rate': [
    () => ({ uplink: { rateBps: 0, rttMs: 1 } }),
    'venue hall: its uplink has a rate of 0 bit/s',
  ],
  'with an uplink that is faster than light': [
    () => ({ uplink: { rateBps: 1e6, rttMs: -5 } }),
    'venue hall: its uplink has a round trip of -5 ms',
  ],
  'with a second uplink of no rate': [
    () => ({ backupUplink: { rateBps: Number.NaN, rttMs: 1 } }),
    'venue hall: its backup uplink has a rate of NaN bit/s',
  ],
  'without a core': [pop({ cores: 0 }), 'venue hall: its PoP has 0 cores'],
  'without room for its queue': [pop({ queueBytes: 0 }), 'venue hall: its PoP has a queue of 0 bytes'],
  'with fewer than no attendees': [() => ({ attendees: -1 }), 'venue hall has -1 attendees'],
  'without access links': [() => ({ access: [] }), 'venue hall has no access links'],
  'with a share above all': [
    () => access(1.2),
    'venue hall: a share of 1.2 of its attendees is not over 0 and up to 1',
  ],
  'with shares that are more than all': [
    () => access(0.7, 0.7),
    'venue hall: the shares of its access links add up to 1.4, not to 1',
  ],
}

test.each(Object.entries(IMPOSSIBLE))('a PoP %s is refused with the reason', (_, [change, message]) => {
  expect(() => readTopology(hallWith(change))).toThrow(
    expect.objectContaining({
      code: 'MP_GRAPH_INVALID',
      exitCode: 2,
      message,
      remedy: expect.stringContaining('micropop check'),
    }),
  )
})

test('a graph without a PoP, or without central, is refused', () => {
  const without = (type: string) => ({
    ...graph,
    resources: graph.resources.filter((node) => node.type !== type),
  })
  expect(() => readTopology(without(COMPONENT.venuePop))).toThrow(/has no PoP/)
  expect(() => readTopology(without(COMPONENT.central))).toThrow(/has no central services/)
})
