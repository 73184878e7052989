// When somebody has to look at a PoP on EC2: alarms on its machines, and on what the PoP itself tells CloudWatch.
import { MetricAlarm, type MetricAlarmArgs } from '@pulumi/aws/cloudwatch/metricAlarm.js'
import type { Input, Resource } from '@pulumi/pulumi'
import { METRIC, NAMESPACE } from './boot-metrics.ts'
import type { Ec2PopArgs, VenuePopArgs } from './venue-pop-args.ts'

/** Minutes at full load that are left of the credits when it is time to look. */
const CREDITS_LEFT_MIN = 15
/** How often EC2 counts credits (Amazon EC2 User Guide, "Monitor your CPU credits", 2026-11). */
const CREDITS_PERIOD_S = 300
const PERIOD_S = 60
/** Longest that a message waits for central at a PoP beside it while all is well: a lost connection is back by then. */
const BACKLOG_AGE_MAX_S = 120
const DISK_USED_MAX_PCT = 85

type Alarm = Pick<
  MetricAlarmArgs,
  | 'alarmDescription'
  | 'namespace'
  | 'metricName'
  | 'dimensions'
  | 'period'
  | 'evaluationPeriods'
  | 'threshold'
  | 'comparisonOperator'
  | 'treatMissingData'
>

function declare(
  name: string,
  alarm: Alarm,
  topic: Input<string>,
  { tags }: VenuePopArgs,
  parent: Resource,
): void {
  new MetricAlarm(
    name,
    { ...alarm, statistic: 'Maximum', alarmActions: [topic], okActions: [topic], tags },
    { parent },
  )
}

/** @param dimensions the machine, or the group that it is of. */
export function declareMachineAlarms(
  name: string,
  dimensions: Record<string, Input<string>>,
  pop: Ec2PopArgs,
  topic: Input<string>,
  args: VenuePopArgs,
  parent: Resource,
): void {
  const machine = `machine ${name} of event ${args.event}`
  declare(
    `${name}-status`,
    {
      alarmDescription: `EC2 finds ${machine} impaired: where it has a standby, see whether that has to take over`,
      ...{ namespace: 'AWS/EC2', metricName: 'StatusCheckFailed', dimensions },
      ...{ period: PERIOD_S, evaluationPeriods: 2, threshold: 1 },
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
    },
    topic,
    args,
    parent,
  )
  // In unlimited mode a machine without credits gets dearer, not slower: that is the budget's business.
  if (pop.creditMode !== 'standard') return
  declare(
    `${name}-credits`,
    {
      alarmDescription: `${machine} has CPU credits for ${CREDITS_LEFT_MIN} minutes at full load, and then gets slower: a larger type, or \`credits: unlimited\``,
      ...{ namespace: 'AWS/EC2', metricName: 'CPUCreditBalance', dimensions },
      ...{ period: CREDITS_PERIOD_S, evaluationPeriods: 1, threshold: CREDITS_LEFT_MIN * pop.vcpus },
      comparisonOperator: 'LessThanThreshold',
    },
    topic,
    args,
    parent,
  )
}

/** Whichever machine is the PoP. One that says nothing any more is as bad as one that says that it is stuck. */
export function declarePopAlarms(topic: Input<string>, args: VenuePopArgs, parent: Resource): void {
  const { event, venue } = args
  const dimensions = { Event: event, Venue: venue }
  const own = { namespace: NAMESPACE, dimensions, period: PERIOD_S, treatMissingData: 'breaching' }
  declare(
    `${venue}-pop-backlog`,
    {
      alarmDescription: `PoP ${venue} has messages that waited for central for ${BACKLOG_AGE_MAX_S} s, or does not report: micropop status`,
      ...{ ...own, metricName: METRIC.backlogAge, evaluationPeriods: 3, threshold: BACKLOG_AGE_MAX_S },
      comparisonOperator: 'GreaterThanThreshold',
    },
    topic,
    args,
    parent,
  )
  declare(
    `${venue}-pop-disk`,
    {
      alarmDescription: `the data disk of PoP ${venue} is ${DISK_USED_MAX_PCT} % full`,
      ...{ ...own, treatMissingData: 'missing' },
      ...{ metricName: METRIC.diskUsed, evaluationPeriods: 3, threshold: DISK_USED_MAX_PCT },
      comparisonOperator: 'GreaterThanThreshold',
    },
    topic,
    args,
    parent,
  )
}
