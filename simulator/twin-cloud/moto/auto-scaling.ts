// Groups of machines, and services that follow their load, as calls to Auto Scaling and Application Auto Scaling.
import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling'
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  type MixedInstancesPolicy,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling'
import type { PolicyArgs } from '@pulumi/aws/appautoscaling/policy.js'
import type { TargetArgs } from '@pulumi/aws/appautoscaling/target.js'
import type { GroupArgs } from '@pulumi/aws/autoscaling/group.js'
import type { Unwrap } from '@pulumi/pulumi'
import { type JudgedTypes, judged, put } from './judged-type.ts'

function mixed(policy: Unwrap<GroupArgs>['mixedInstancesPolicy']): MixedInstancesPolicy | undefined {
  if (policy === undefined) return undefined
  const { instancesDistribution: shares, launchTemplate } = policy
  return {
    InstancesDistribution: shares && {
      OnDemandBaseCapacity: shares.onDemandBaseCapacity,
      OnDemandPercentageAboveBaseCapacity: shares.onDemandPercentageAboveBaseCapacity,
      SpotAllocationStrategy: shares.spotAllocationStrategy,
      SpotMaxPrice: shares.spotMaxPrice,
    },
    LaunchTemplate: {
      LaunchTemplateSpecification: {
        LaunchTemplateId: launchTemplate.launchTemplateSpecification.launchTemplateId,
        Version: String(launchTemplate.launchTemplateSpecification.version ?? '$Default'),
      },
      Overrides: launchTemplate.overrides?.map(({ instanceType }) => ({ InstanceType: instanceType })),
    },
  }
}

function groupOf(inputs: Unwrap<GroupArgs>, AutoScalingGroupName: string) {
  return {
    AutoScalingGroupName,
    MinSize: inputs.minSize,
    MaxSize: inputs.maxSize,
    DesiredCapacity: inputs.desiredCapacity,
    CapacityRebalance: inputs.capacityRebalance,
    VPCZoneIdentifier: inputs.vpcZoneIdentifiers?.join(','),
    MixedInstancesPolicy: mixed(inputs.mixedInstancesPolicy),
  }
}

const group = judged<GroupArgs>({
  async create({ inputs, name, aws }) {
    const AutoScalingGroupName = inputs.name ?? name
    const Tags = inputs.tags?.map(({ key: Key, value: Value, propagateAtLaunch: PropagateAtLaunch }) => ({
      ...{ Key, Value, PropagateAtLaunch },
      ...{ ResourceId: AutoScalingGroupName, ResourceType: 'auto-scaling-group' },
    }))
    const command = new CreateAutoScalingGroupCommand({ ...groupOf(inputs, AutoScalingGroupName), Tags })
    await aws.of(AutoScalingClient).send(command)
    return { id: AutoScalingGroupName, outputs: { name: AutoScalingGroupName } }
  },
  async update({ id, inputs, aws }) {
    await aws.of(AutoScalingClient).send(new UpdateAutoScalingGroupCommand(groupOf(inputs, id)))
    return {}
  },
  async delete({ id, aws }) {
    const command = new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: id, ForceDelete: true })
    await aws.of(AutoScalingClient).send(command)
  },
  async exists({ id, aws }) {
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [id] })
    return !!(await aws.of(AutoScalingClient).send(command)).AutoScalingGroups?.length
  },
})

type Scaled = Pick<Unwrap<TargetArgs>, 'serviceNamespace' | 'resourceId' | 'scalableDimension'>

function scaled({ serviceNamespace, resourceId, scalableDimension }: Scaled) {
  return {
    ServiceNamespace: serviceNamespace as 'ecs',
    ResourceId: resourceId,
    ScalableDimension: scalableDimension as 'ecs:service:DesiredCount',
  }
}

const target = put<TargetArgs>({
  async put({ inputs, aws }) {
    const { ScalableTargetARN } = await aws.of(ApplicationAutoScalingClient).send(
      new RegisterScalableTargetCommand({
        ...scaled(inputs),
        MinCapacity: inputs.minCapacity,
        MaxCapacity: inputs.maxCapacity,
        Tags: inputs.tags,
      }),
    )
    return ScalableTargetARN === undefined ? {} : { outputs: { arn: ScalableTargetARN } }
  },
  async delete({ inputs, aws }) {
    const client = aws.of(ApplicationAutoScalingClient)
    await client.send(new DeregisterScalableTargetCommand(scaled(inputs)))
  },
  async exists({ inputs, aws }) {
    const { ResourceId, ...where } = scaled(inputs)
    const command = new DescribeScalableTargetsCommand({ ...where, ResourceIds: [ResourceId] })
    return !!(await aws.of(ApplicationAutoScalingClient).send(command)).ScalableTargets?.length
  },
})

const policy = put<PolicyArgs>({
  async put({ inputs, name, aws }) {
    const tracking = inputs.targetTrackingScalingPolicyConfiguration
    const metric = tracking?.predefinedMetricSpecification
    const PolicyName = inputs.name ?? name
    const { PolicyARN } = await aws.of(ApplicationAutoScalingClient).send(
      new PutScalingPolicyCommand({
        ...scaled(inputs),
        PolicyName,
        PolicyType: inputs.policyType as 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: tracking && {
          TargetValue: tracking.targetValue,
          ScaleInCooldown: tracking.scaleInCooldown,
          ScaleOutCooldown: tracking.scaleOutCooldown,
          PredefinedMetricSpecification: metric && {
            PredefinedMetricType: metric.predefinedMetricType as 'ECSServiceAverageCPUUtilization',
          },
        },
      }),
    )
    return { id: PolicyName, outputs: { name: PolicyName, arn: PolicyARN } }
  },
  async delete({ id, inputs, aws }) {
    const where = scaled(inputs)
    const command = new DeleteScalingPolicyCommand({ ...where, PolicyName: id })
    await aws.of(ApplicationAutoScalingClient).send(command)
  },
  async exists({ id, inputs, aws }) {
    const where = scaled(inputs)
    const command = new DescribeScalingPoliciesCommand({ ...where, PolicyNames: [id] })
    return !!(await aws.of(ApplicationAutoScalingClient).send(command)).ScalingPolicies?.length
  },
})

export const AUTO_SCALING: JudgedTypes = {
  'aws:appautoscaling/policy:Policy': policy,
  'aws:appautoscaling/target:Target': target,
  'aws:autoscaling/group:Group': group,
}
