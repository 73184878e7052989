// Alarms and logs, as calls to CloudWatch and CloudWatch Logs.
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import type { LogGroupArgs } from '@pulumi/aws/cloudwatch/logGroup.js'
import type { MetricAlarmArgs } from '@pulumi/aws/cloudwatch/metricAlarm.js'
import { type JudgedTypes, judged, orUndo, put, tagList } from './judged-type.ts'

const metricAlarm = put<MetricAlarmArgs>({
  async put({ inputs, name, aws }) {
    const AlarmName = inputs.name ?? name
    await aws.of(CloudWatchClient).send(
      new PutMetricAlarmCommand({
        AlarmName,
        AlarmDescription: inputs.alarmDescription,
        AlarmActions: inputs.alarmActions as string[] | undefined,
        OKActions: inputs.okActions as string[] | undefined,
        Namespace: inputs.namespace,
        MetricName: inputs.metricName,
        Dimensions: Object.entries(inputs.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
        Statistic: inputs.statistic as 'Average' | undefined,
        Period: inputs.period,
        EvaluationPeriods: inputs.evaluationPeriods,
        DatapointsToAlarm: inputs.datapointsToAlarm,
        Threshold: inputs.threshold,
        ComparisonOperator: inputs.comparisonOperator as 'LessThanThreshold',
        TreatMissingData: inputs.treatMissingData,
        Tags: tagList(inputs.tags),
      }),
    )
    return { id: AlarmName, outputs: { name: AlarmName } }
  },
  async delete({ id, aws }) {
    await aws.of(CloudWatchClient).send(new DeleteAlarmsCommand({ AlarmNames: [id] }))
  },
  async exists({ id, aws }) {
    const command = new DescribeAlarmsCommand({ AlarmNames: [id] })
    return !!(await aws.of(CloudWatchClient).send(command)).MetricAlarms?.length
  },
})

const logGroup = judged<LogGroupArgs>({
  async create({ inputs, name, aws }) {
    const logs = aws.of(CloudWatchLogsClient)
    const logGroupName = inputs.name ?? name
    await logs.send(new CreateLogGroupCommand({ logGroupName, kmsKeyId: inputs.kmsKeyId, tags: inputs.tags }))
    const { retentionInDays } = inputs
    if (retentionInDays !== undefined) {
      await orUndo(
        () => logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays })),
        () => logs.send(new DeleteLogGroupCommand({ logGroupName })),
      )
    }
    return { id: logGroupName, outputs: { name: logGroupName } }
  },
  async update({ id, inputs: { retentionInDays }, aws }) {
    if (retentionInDays === undefined) return {}
    const command = new PutRetentionPolicyCommand({ logGroupName: id, retentionInDays })
    await aws.of(CloudWatchLogsClient).send(command)
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(CloudWatchLogsClient).send(new DeleteLogGroupCommand({ logGroupName: id }))
  },
  async exists({ id, aws }) {
    const command = new DescribeLogGroupsCommand({ logGroupNamePrefix: id })
    const { logGroups = [] } = await aws.of(CloudWatchLogsClient).send(command)
    return logGroups.some(({ logGroupName }) => logGroupName === id)
  },
})

export const CLOUD_WATCH: JudgedTypes = {
  'aws:cloudwatch/logGroup:LogGroup': logGroup,
  'aws:cloudwatch/metricAlarm:MetricAlarm': metricAlarm,
}
