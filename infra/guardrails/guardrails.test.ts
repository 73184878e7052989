// Each rule passes what our own program declares, and refuses what it is there to refuse.
import { resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Ec2Pop, EventSpec } from '../event/event.ts'
import { loadEvent } from '../event/load.ts'
import type { ResourceGraph } from '../graph.ts'
import { recordGraph } from '../resource-graph.ts'
import { costTags } from '../tags.ts'
import { eventWith, hallVenue, remoteVenue } from '../testing/events.ts'
import { EVENT_RULES } from './event-rules.ts'
import { RESOURCE_RULES } from './resource-rules.ts'

const TIMEOUT_MS = 60_000
const tags = costTags({ event: 'summit', venue: 'hall', role: 'pop', sponsors: [] })
const usd = (dollars: number) => BigInt(Math.round(dollars * 100)) * 10_000_000_000n

const refusals = (rule: string, type: string, inputs: Record<string, unknown>) =>
  RESOURCE_RULES.find(({ name }) => name === rule)?.check(type, inputs)

async function judged(rule: string, event: EventSpec) {
  const found = EVENT_RULES.find(({ name }) => name === rule)
  return await found?.check(await recordGraph(event), event)
}

describe('the program itself', () => {
  let graph: ResourceGraph
  beforeAll(async () => {
    graph = await recordGraph(eventWith())
  }, TIMEOUT_MS)

  test.each(RESOURCE_RULES.map((rule) => [rule.name, rule] as const))('keeps %s', (_name, { check }) => {
    expect(graph.resources.flatMap(({ type, inputs }) => check(type, inputs))).toEqual([])
  })
})

const SECURITY_GROUP = 'aws:ec2/securityGroup:SecurityGroup'
const open = (rule: object) => ({
  ingress: [{ protocol: 'tcp', cidrBlocks: ['0.0.0.0/0'], ...rule }],
})

test.each([
  ['SSH', open({ fromPort: 22, toPort: 22 }), 'port 22 (tcp) is open to everyone'],
  ['a database', open({ fromPort: 5432, toPort: 5432 }), 'port 5432 (tcp) is open to everyone'],
  [
    'a range around a port that may be open',
    open({ fromPort: 443, toPort: 8080 }),
    'ports 443 to 8080 (tcp)',
  ],
  ['everything', open({ fromPort: 0, toPort: 0, protocol: '-1' }), 'ports 0 to 65535 (any protocol) are'],
  [
    'IPv6',
    { ingress: [{ protocol: 'tcp', fromPort: 22, toPort: 22, ipv6CidrBlocks: ['::/0'] }] },
    'port 22 (tcp)',
  ],
])('closed-ports refuses %s', (_what, inputs, text) => {
  expect(refusals('closed-ports', SECURITY_GROUP, inputs)).toEqual([expect.stringContaining(text)])
})

test('closed-ports also reads rules that stand by themselves, and lets a security group or an office in', () => {
  const rule = { type: 'ingress', protocol: 'tcp', fromPort: 22, toPort: 22, cidrBlocks: ['0.0.0.0/0'] }
  expect(refusals('closed-ports', 'aws:ec2/securityGroupRule:SecurityGroupRule', rule)).toHaveLength(1)
  const single = { ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIpv4: '0.0.0.0/0' }
  const type = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule'
  expect(refusals('closed-ports', type, single)).toHaveLength(1)
  const inside = { ingress: [{ protocol: 'tcp', fromPort: 5432, toPort: 5432, securityGroups: ['sg-1'] }] }
  expect(refusals('closed-ports', SECURITY_GROUP, inside)).toEqual([])
  const office = { ...rule, cidrBlocks: ['192.0.2.0/24'] }
  expect(refusals('closed-ports', 'aws:ec2/securityGroupRule:SecurityGroupRule', office)).toEqual([])
})

test.each([
  ['encrypted-at-rest', 'aws:ebs/volume:Volume', { size: 10 }, 'the volume is not encrypted'],
  [
    'encrypted-at-rest',
    'aws:rds/instance:Instance',
    { storageEncrypted: false },
    'the database is not encrypted',
  ],
  ['encrypted-at-rest', 'aws:ec2/instance:Instance', { rootBlockDevice: {} }, 'a block device'],
  ['closed-ports', 'aws:rds/instance:Instance', { publiclyAccessible: true }, 'has a public address'],
  [
    'metadata-by-token',
    'aws:ec2/instance:Instance',
    { metadataOptions: { httpTokens: 'optional' } },
    'without a token',
  ],
  ['metadata-by-token', 'aws:ec2/launchTemplate:LaunchTemplate', {}, 'without a token'],
  ['no-key-pairs', 'aws:ec2/instance:Instance', { keyName: 'mine' }, 'has an SSH key'],
  [
    'cost-tags',
    'aws:ebs/volume:Volume',
    {},
    'micropop:event, micropop:venue, micropop:role, micropop:sponsor',
  ],
  [
    'cost-tags',
    'aws:ebs/volume:Volume',
    { tags: { ...tags, 'micropop:sponsor': '' } },
    'missing: micropop:sponsor',
  ],
])('%s refuses %s with %j', (rule, type, inputs, text) => {
  expect(refusals(rule, type, inputs)).toEqual([expect.stringContaining(text)])
})

test('within-budget names the forecast, what it is over by, and its largest lines', {
  timeout: TIMEOUT_MS,
}, async () => {
  expect(await judged('within-budget', eventWith({ budget: null }))).toEqual([])
  expect(await judged('within-budget', eventWith({ budget: usd(100_000) }))).toEqual([])
  const [refusal] = (await judged('within-budget', eventWith({ budget: usd(1) }))) ?? []
  expect(refusal).toMatch(
    /^\$\d+\.\d\d are forecast, \$\d+\.\d\d over the budget of \$1\.00; most of it: .+ \$/,
  )
})

test('unlimited credits are priced at full load', { timeout: TIMEOUT_MS }, async () => {
  const rule = 'unlimited-credits-within-budget'
  const [over = ''] = (await judged('within-budget', eventWith({ budget: usd(1) }))) ?? []
  const total = Number(/^\$([\d.]+) are forecast/.exec(over)?.[1])
  const [refusal] = (await judged(rule, eventWith({ budget: usd(total + 1) }))) ?? []
  expect(await judged(rule, eventWith({ budget: usd(total + 4) }))).toEqual([])
  // 44 h × (2 vCPU × 60 − 24 credits) = 4,224 credits = 70.4 vCPU-hours at $0.05.
  expect(refusal).toContain('remote-pop can add up to $3.52 of surplus credits')
  const pop = { ...remoteVenue().pop, creditMode: 'standard' } as const
  const standard = eventWith({ budget: usd(1), venues: [hallVenue(), remoteVenue({ pop: pop as never })] })
  expect(await judged(rule, standard)).toEqual([])
})

test('a critical event has two of everything', { timeout: TIMEOUT_MS }, async () => {
  const single = eventWith({ critical: true })
  single.central.ingest.tasks = 1
  expect(await judged('no-single-point', single)).toEqual([
    expect.stringContaining('no standby'),
    expect.stringContaining('one task'),
    expect.stringContaining('venue hall has one uplink'),
    expect.stringContaining('venue remote has one machine: write `standby: warm`'),
  ])
  expect(await judged('no-single-point', eventWith())).toEqual([])
  const { central } = eventWith()
  const remotePop = remoteVenue().pop as Ec2Pop
  const two = eventWith({
    critical: true,
    central: { ...central, database: { ...central.database, multiAz: true } },
    venues: [
      hallVenue({ backupUplink: { name: '5g', technology: '5g', rateBps: 50e6, rttMs: 40 } }),
      remoteVenue({ pop: { ...remotePop, standby: 'warm' } }),
    ],
  })
  expect(await judged('no-single-point', two)).toEqual([])
  const spot = remoteVenue({ pop: { ...remotePop, policy: 'spot' } })
  expect(await judged('no-single-point', { ...two, venues: [spot] })).toEqual([
    expect.stringContaining('venue remote is on a spot machine'),
  ])
})

test('service levels that the twin misses are named with their figures', {
  timeout: TIMEOUT_MS,
}, async () => {
  const event = loadEvent(resolve(import.meta.dirname, '../../scenarios/events/pop-up-stand.yaml'))
  expect(await judged('service-levels', event)).toEqual([])
  const impossible = { ...event, serviceLevels: { ...event.serviceLevels, ackP99Ms: 1 } }
  expect(await judged('service-levels', impossible)).toContainEqual(
    expect.stringMatching(
      /^Acknowledged, p99: [\d.]+ ms, the limit is 1\.00 ms, in the twin of a day with \d+ attendees: npx micropop simulate .+--seed 1$/,
    ),
  )
})
