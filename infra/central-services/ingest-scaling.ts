// The number of ingest tasks follows their load, between the event's two bounds.
import { Policy } from '@pulumi/aws/appautoscaling/policy.js'
import { Target } from '@pulumi/aws/appautoscaling/target.js'
import { interpolate, type Output, type Resource } from '@pulumi/pulumi'
import { withRole } from '../tags.ts'
import { type CentralServicesArgs, INGEST_CPU_TARGET_PCT } from './central-services-args.ts'

/** Seconds before more tasks are asked for again. */
const MORE_AFTER_S = 30
/** Seconds of less load before a task goes: each that goes sends its PoPs to another. */
const FEWER_AFTER_S = 300

export function declareScaling(
  args: CentralServicesArgs,
  names: { cluster: Output<string>; service: Output<string> },
  parent: Resource,
): void {
  const { maxTasks, tasks } = args.ingest
  const target = new Target(
    'central',
    {
      serviceNamespace: 'ecs',
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: interpolate`service/${names.cluster}/${names.service}`,
      minCapacity: tasks,
      maxCapacity: maxTasks,
      tags: withRole(args.tags, 'ingest'),
    },
    { parent },
  )
  new Policy(
    'central',
    {
      policyType: 'TargetTrackingScaling',
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
        targetValue: INGEST_CPU_TARGET_PCT,
        scaleOutCooldown: MORE_AFTER_S,
        scaleInCooldown: FEWER_AFTER_S,
      },
    },
    { parent },
  )
}
