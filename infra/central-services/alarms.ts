// Alarms of central: no task that answers, a database at its limit. PoPs have alarms of their own.
import { MetricAlarm } from '@pulumi/aws/cloudwatch/metricAlarm.js'
import type { Output, Resource } from '@pulumi/pulumi'
import { type CostTags, withRole } from '../tags.ts'
import type { Hub } from './hub.ts'

interface Watched {
  /** Of the load balancer and of the group of tasks behind it, as metrics call them. */
  balancer: Output<string>
  targets: Output<string>
  database: Record<string, Output<string>>
  /** Bytes of the database's disk; null where it grows by itself. */
  storageBytes: number | null
  /** null: there is none. */
  hub: Pick<Hub, 'targets' | 'instanceId'> | null
}

const PERIOD_S = 60
/** Percent. */
const DATABASE_CPU_MAX = 80
/** Minutes of it: a checkpoint is no alarm. */
const DATABASE_CPU_MINUTES = 5
const STORAGE_FREE_MIN_SHARE = 0.1

export function declareAlarms(of: Watched, topicArn: Output<string>, tags: CostTags, parent: Resource): void {
  const alarm = (
    name: string,
    what: {
      alarmDescription: string
      namespace: string
      metricName: string
      dimensions: Record<string, Output<string>>
      statistic: string
      comparisonOperator: string
      threshold: number
      evaluationPeriods: number
      treatMissingData: string
    },
  ) =>
    new MetricAlarm(
      name,
      {
        ...what,
        period: PERIOD_S,
        alarmActions: [topicArn],
        okActions: [topicArn],
        tags: withRole(tags, 'alerts'),
      },
      { parent },
    )
  alarm('central-ingest-gone', {
    alarmDescription: 'No ingest task answers: PoPs keep what they have until one does',
    namespace: 'AWS/NetworkELB',
    metricName: 'HealthyHostCount',
    dimensions: { LoadBalancer: of.balancer, TargetGroup: of.targets },
    statistic: 'Maximum',
    comparisonOperator: 'LessThanThreshold',
    threshold: 1,
    evaluationPeriods: 2,
    treatMissingData: 'breaching',
  })
  alarm('central-database-cpu', {
    alarmDescription: `The database is busier than ${DATABASE_CPU_MAX} %: a larger class, or fewer queries`,
    namespace: 'AWS/RDS',
    metricName: 'CPUUtilization',
    dimensions: of.database,
    statistic: 'Average',
    comparisonOperator: 'GreaterThanThreshold',
    threshold: DATABASE_CPU_MAX,
    evaluationPeriods: DATABASE_CPU_MINUTES,
    treatMissingData: 'missing',
  })
  if (of.hub !== null) {
    alarm('central-hub-gone', {
      alarmDescription:
        'The hub does not answer: PoPs keep what they have, and do not see each other until it does',
      ...{ namespace: 'AWS/NetworkELB', metricName: 'HealthyHostCount' },
      dimensions: { LoadBalancer: of.balancer, TargetGroup: of.hub.targets },
      ...{ statistic: 'Maximum', comparisonOperator: 'LessThanThreshold', threshold: 1 },
      ...{ evaluationPeriods: 2, treatMissingData: 'breaching' },
    })
    alarm('central-hub-status', {
      alarmDescription: 'EC2 finds the machine of the hub impaired: stop and start it, its disk stays',
      ...{
        namespace: 'AWS/EC2',
        metricName: 'StatusCheckFailed',
        dimensions: { InstanceId: of.hub.instanceId },
      },
      ...{ statistic: 'Maximum', comparisonOperator: 'GreaterThanOrEqualToThreshold', threshold: 1 },
      ...{ evaluationPeriods: 2, treatMissingData: 'missing' },
    })
  }
  if (of.storageBytes === null) return
  alarm('central-database-disk', {
    alarmDescription:
      'A tenth of the database’s disk is left: write a larger `storage` under `central.database`',
    namespace: 'AWS/RDS',
    metricName: 'FreeStorageSpace',
    dimensions: of.database,
    statistic: 'Minimum',
    comparisonOperator: 'LessThanThreshold',
    threshold: Math.floor(of.storageBytes * STORAGE_FREE_MIN_SHARE),
    evaluationPeriods: 1,
    treatMissingData: 'missing',
  })
}
