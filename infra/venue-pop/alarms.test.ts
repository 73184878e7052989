// Alarms of a PoP on EC2, and the script that tells CloudWatch what they are on.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import type { Ec2Pop } from '../event/event.ts'
import type { ResourceGraph } from '../graph.ts'
import { recordGraph } from '../resource-graph.ts'
import { child } from '../testing/components.ts'
import { eventWith, remoteVenue } from '../testing/events.ts'

const TIMEOUT_MS = 60_000
const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm'
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:show-alarms'

async function graphOf(pop: Partial<Ec2Pop>): Promise<ResourceGraph> {
  const base = remoteVenue().pop as Ec2Pop
  return await recordGraph(eventWith({ venues: [remoteVenue({ pop: { ...base, ...pop } })] }))
}

let graph: ResourceGraph
beforeAll(async () => {
  graph = await graphOf({ alarmTopic: TOPIC, creditMode: 'standard', standby: 'warm' })
}, TIMEOUT_MS)

const alarms = ({ resources }: ResourceGraph) =>
  resources.filter(({ type }) => type === ALARM).map(({ name }) => name)

describe('without a topic of its own', () => {
  const alerting = (pop: Partial<Ec2Pop>) => {
    const base = eventWith()
    const venues = [remoteVenue({ pop: { ...(remoteVenue().pop as Ec2Pop), ...pop } })]
    return recordGraph({ ...base, venues, central: { ...base.central, alerts: 'ops@example.org' } })
  }

  test('a PoP writes to the topic of central, and reports', async () => {
    const graph = await alerting({})
    expect(child(graph, 'remote', ALARM, 'remote-pop-backlog').inputs.alarmActions).toEqual([
      'topic.central-alerts.arn',
    ])
    expect(child(graph, 'remote', 'aws:ec2/instance:Instance').inputs.userData).toContain('micropop-metrics')
  })

  test('or to its own, or to none where it is told so', async () => {
    const own = await alerting({ alarmTopic: TOPIC })
    expect(child(own, 'remote', ALARM, 'remote-pop-backlog').inputs.alarmActions).toEqual([TOPIC])
    const none = await alerting({ alarmTopic: 'none' })
    expect(alarms(none).filter((name) => name.startsWith('remote'))).toEqual([])
  })
})

test(
  'each machine is watched for its health and its credits, the PoP for its backlog and its disk',
  async () => {
    expect(alarms(graph)).toEqual([
      ...['remote-pop-backlog', 'remote-pop-credits', 'remote-pop-disk'],
      ...['remote-pop-standby-credits', 'remote-pop-standby-status', 'remote-pop-status'],
    ])
    for (const name of alarms(graph)) {
      expect(child(graph, 'remote', ALARM, name).inputs).toMatchObject({
        alarmActions: [TOPIC],
        okActions: [TOPIC],
      })
    }
    expect(child(graph, 'remote', ALARM, 'remote-pop-credits').inputs).toMatchObject({
      ...{ namespace: 'AWS/EC2', metricName: 'CPUCreditBalance', comparisonOperator: 'LessThanThreshold' },
      // Two vCPUs spend 30 credits in a quarter of an hour.
      ...{ threshold: 30, dimensions: { InstanceId: 'instance.remote-pop.id' } },
    })
    expect(child(graph, 'remote', ALARM, 'remote-pop-backlog').inputs).toMatchObject({
      ...{ namespace: 'micropop', metricName: 'BacklogAge', treatMissingData: 'breaching' },
      dimensions: { Event: 'summit', Venue: 'remote' },
    })
  },
  TIMEOUT_MS,
)

test(
  'credits that are bought when they run out need no alarm, and a spot machine is watched by its group',
  async () => {
    const spot = await graphOf({ alarmTopic: TOPIC, policy: 'spot' })
    expect(alarms(spot)).toEqual(['remote-pop-backlog', 'remote-pop-disk', 'remote-pop-status'])
    expect(child(spot, 'remote', ALARM, 'remote-pop-status').inputs.dimensions).toEqual({
      AutoScalingGroupName: 'group.remote-pop.name',
    })
  },
  TIMEOUT_MS,
)

test(
  'without a topic there is no alarm, no timer and no right to report',
  async () => {
    const silent = await graphOf({})
    expect(alarms(silent)).toEqual([])
    expect(JSON.stringify(silent.resources)).not.toMatch(/micropop-metrics|PutMetricData/)
  },
  TIMEOUT_MS,
)

test('the machine may put metrics into one namespace, and no others', () => {
  const { policy } = child(graph, 'remote', 'aws:iam/rolePolicy:RolePolicy', 'remote-pop').inputs
  expect(JSON.parse(String(policy)).Statement).toContainEqual({
    ...{ Effect: 'Allow', Action: 'cloudwatch:PutMetricData', Resource: '*' },
    Condition: { StringEquals: { 'cloudwatch:namespace': 'micropop' } },
  })
})

test.skipIf(spawnSync('python3', ['--version']).status !== 0)(
  'what is reported is the age of the backlog and how full the disk is (skipped where python3 is missing)',
  () => {
    const { userData } = child(graph, 'remote', 'aws:ec2/instance:Instance', 'remote-pop').inputs
    const { write_files } = parse(String(userData)) as { write_files: { path: string; content: string }[] }
    const script = write_files.find(({ path }) => path.endsWith('micropop-metrics'))?.content ?? ''
    const folder = mkdtempSync(join(tmpdir(), 'micropop-metrics-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const tool = (name: string, lines: string) =>
      writeFileSync(join(folder, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
    const run = (status: object, active = true) => {
      writeFileSync(join(folder, 'status'), JSON.stringify(status))
      writeFileSync(join(folder, 'asked'), '')
      tool('systemctl', active ? 'exit 0' : 'exit 3')
      tool('curl', `cat ${folder}/status`)
      tool(
        'aws',
        `while [ $# -gt 1 ]; do [ "$1" != --metric-data ] || echo "$2" > ${folder}/asked; shift; done`,
      )
      const env = { PATH: `${folder}:${process.env.PATH}` }
      expect(spawnSync('sh', [], { input: script, env, encoding: 'utf8' })).toMatchObject({ status: 0 })
      const asked = readFileSync(join(folder, 'asked'), 'utf8')
      return asked === '' ? [] : (JSON.parse(asked) as { MetricName: string; Value: number }[])
    }
    const values = (status: object) => run(status).map(({ MetricName, Value }) => [MetricName, Value])
    const disk = { freeBytes: 25, totalBytes: 100 }
    expect(values({ queue: { oldestS: 130 }, disk })).toEqual([
      ['BacklogAge', 130],
      ['DiskUsed', 75],
    ])
    expect(values({ queue: { oldestS: null }, disk: { fault: 'EIO' } })).toEqual([['BacklogAge', 0]])
    expect(run({ queue: { oldestS: 1 }, disk }, false)).toEqual([])
  },
)
