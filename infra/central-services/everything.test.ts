// What central services are made of where an event asks for everything: the inputs of what the plain event has not.
import { beforeAll, expect, test } from 'vitest'
import type { ResourceGraph } from '../graph.ts'
import { recordGraph } from '../resource-graph.ts'
import { child } from '../testing/components.ts'
import { eventWithEverything, eventWithEverythingOnAurora } from '../testing/events.ts'

const TIMEOUT_MS = 60_000

let graph: ResourceGraph
let aurora: ResourceGraph
beforeAll(async () => {
  graph = await recordGraph(eventWithEverything())
  aurora = await recordGraph(eventWithEverythingOnAurora())
}, TIMEOUT_MS)

const inputs = (type: string, name?: string, of = graph) => child(of, 'central', type, name).inputs

test('Aurora is encrypted, keeps a last snapshot, and has a second machine that takes over', () => {
  expect(inputs('aws:rds/cluster:Cluster', undefined, aurora)).toMatchObject({
    engine: 'aurora-postgresql',
    storageEncrypted: true,
    deletionProtection: true,
    manageMasterUserPassword: true,
    skipFinalSnapshot: false,
    finalSnapshotIdentifier: 'micropop-summit-securityGroup.central-database.id',
  })
  const machines = aurora.resources.filter(({ type }) => type === 'aws:rds/clusterInstance:ClusterInstance')
  expect(
    machines.map(({ inputs: of }) => [of.instanceClass, of.publiclyAccessible, of.promotionTier]),
  ).toEqual([
    ['db.r6g.large', false, 0],
    ['db.r6g.large', false, 1],
  ])
  const [{ environment }] = JSON.parse(
    String(inputs('aws:ecs/taskDefinition:TaskDefinition', undefined, aurora).containerDefinitions),
  )
  expect(environment[0].value).toContain('cluster.central.endpoint')
})

test('the number of tasks follows the load between its bounds', () => {
  expect(inputs('aws:appautoscaling/target:Target')).toMatchObject({
    resourceId: 'service/cluster.central.name/service.central.name',
    minCapacity: 2,
    maxCapacity: 6,
  })
  expect(inputs('aws:appautoscaling/policy:Policy')).toMatchObject({
    targetTrackingScalingPolicyConfiguration: {
      predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    },
  })
})

test('alarms and the budget tell the topic, and the topic tells the address', () => {
  const alarms = graph.resources.filter(
    ({ name, type }) => type === 'aws:cloudwatch/metricAlarm:MetricAlarm' && name.startsWith('central-'),
  )
  expect(alarms.map(({ name }) => name)).toEqual([
    'central-database-cpu',
    'central-database-disk',
    'central-hub-gone',
    'central-hub-status',
    'central-ingest-gone',
  ])
  for (const alarm of alarms) expect(alarm.inputs.alarmActions).toEqual(['topic.central-alerts.arn'])
  expect(inputs('aws:sns/topicSubscription:TopicSubscription')).toMatchObject({
    protocol: 'email',
    endpoint: 'ops@example.com',
  })
  const budget = inputs('aws:budgets/budget:Budget')
  expect(budget).toMatchObject({
    limitAmount: '150',
    costFilters: [{ name: 'TagKeyValue', values: ['user:micropop:event$summit'] }],
  })
  for (const { subscriberSnsTopicArns } of budget.notifications as { subscriberSnsTopicArns: string[] }[])
    expect(subscriberSnsTopicArns).toEqual(['topic.central-alerts.arn'])
  expect(aurora.resources.some(({ name }) => name === 'central-database-disk')).toBe(false)
})

test('the CDN asks the copy in another region where the bucket is not well', () => {
  expect(inputs('aws:s3/bucket:Bucket', 'central-assets-copy')).toMatchObject({ region: 'eu-central-1' })
  expect(inputs('aws:s3/bucketVersioning:BucketVersioning', 'central-assets-copy')).toMatchObject({
    region: 'eu-central-1',
    versioningConfiguration: { status: 'Enabled' },
  })
  expect(inputs('aws:cloudfront/distribution:Distribution')).toMatchObject({
    originGroups: [
      {
        failoverCriteria: { statusCodes: [500, 502, 503, 504] },
        members: [{ originId: 'assets' }, { originId: 'assets-copy' }],
      },
    ],
    defaultCacheBehavior: { targetOriginId: 'assets-or-copy' },
  })
  const { dependencies } = child(graph, 'central', 'aws:s3/bucketReplicationConfig:BucketReplicationConfig')
  for (const name of ['central-assets', 'central-assets-copy'])
    expect(dependencies).toContain(
      child(graph, 'central', 'aws:s3/bucketVersioning:BucketVersioning', name).urn,
    )
})

test('what is in the bucket goes to a colder tier, and is deleted in the end', () => {
  const { rules } = inputs(
    'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
    'central-assets',
  )
  expect(rules).toContainEqual(
    expect.objectContaining({
      transitions: [{ days: 30, storageClass: 'GLACIER' }],
      expiration: { days: 730 },
    }),
  )
})
