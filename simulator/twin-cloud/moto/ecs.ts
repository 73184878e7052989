// Clusters, what tasks are made of, and services that keep them running, as calls to ECS.
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import type { ClusterArgs } from '@pulumi/aws/ecs/cluster.js'
import type { ServiceArgs } from '@pulumi/aws/ecs/service.js'
import type { TaskDefinitionArgs } from '@pulumi/aws/ecs/taskDefinition.js'
import type { Unwrap } from '@pulumi/pulumi'
import { type JudgedTypes, judged } from './judged-type.ts'

const tagsOf = (tags: Record<string, string> | undefined) =>
  Object.entries(tags ?? {}).map(([key, value]) => ({ key, value }))

const cluster = judged<ClusterArgs>({
  async create({ inputs, name, aws }) {
    const command = new CreateClusterCommand({ clusterName: inputs.name ?? name, tags: tagsOf(inputs.tags) })
    const { cluster } = await aws.of(ECSClient).send(command)
    return {
      id: cluster?.clusterArn,
      outputs: { arn: cluster?.clusterArn, name: cluster?.clusterName },
    }
  },
  async delete({ id, aws }) {
    await aws.of(ECSClient).send(new DeleteClusterCommand({ cluster: id }))
  },
  async exists({ id, aws }) {
    const { clusters = [] } = await aws.of(ECSClient).send(new DescribeClustersCommand({ clusters: [id] }))
    return clusters.some(({ status }) => status === 'ACTIVE')
  },
})

const taskDefinition = judged<TaskDefinitionArgs>({
  async create({ inputs, aws }) {
    const { taskDefinition } = await aws.of(ECSClient).send(
      new RegisterTaskDefinitionCommand({
        family: inputs.family,
        containerDefinitions: JSON.parse(inputs.containerDefinitions),
        cpu: inputs.cpu,
        memory: inputs.memory,
        networkMode: inputs.networkMode as 'awsvpc',
        requiresCompatibilities: inputs.requiresCompatibilities as 'FARGATE'[] | undefined,
        executionRoleArn: inputs.executionRoleArn,
        taskRoleArn: inputs.taskRoleArn,
        tags: tagsOf(inputs.tags),
      }),
    )
    const { taskDefinitionArn: arn, revision } = taskDefinition ?? {}
    return { id: inputs.family, outputs: { arn, revision } }
  },
  async delete({ outputs, aws }) {
    const command = new DeregisterTaskDefinitionCommand({ taskDefinition: String(outputs.arn) })
    await aws.of(ECSClient).send(command)
  },
  async exists({ outputs, aws }) {
    const command = new DescribeTaskDefinitionCommand({ taskDefinition: String(outputs.arn) })
    return (await aws.of(ECSClient).send(command)).taskDefinition?.status === 'ACTIVE'
  },
})

/** What of a service can be changed in place. */
function running(inputs: Unwrap<ServiceArgs>) {
  const network = inputs.networkConfiguration
  return {
    cluster: inputs.cluster,
    taskDefinition: inputs.taskDefinition,
    desiredCount: inputs.desiredCount,
    healthCheckGracePeriodSeconds: inputs.healthCheckGracePeriodSeconds,
    networkConfiguration: network && {
      awsvpcConfiguration: {
        subnets: network.subnets,
        securityGroups: network.securityGroups,
        assignPublicIp: network.assignPublicIp ? ('ENABLED' as const) : ('DISABLED' as const),
      },
    },
    deploymentConfiguration: inputs.deploymentCircuitBreaker && {
      deploymentCircuitBreaker: inputs.deploymentCircuitBreaker,
    },
    loadBalancers: inputs.loadBalancers,
  }
}

const service = judged<ServiceArgs>({
  async create({ inputs, name, aws }) {
    const { service } = await aws.of(ECSClient).send(
      new CreateServiceCommand({
        ...running(inputs),
        serviceName: inputs.name ?? name,
        launchType: inputs.launchType as 'FARGATE',
        propagateTags: inputs.propagateTags as 'SERVICE',
        enableECSManagedTags: inputs.enableEcsManagedTags,
        tags: tagsOf(inputs.tags),
      }),
    )
    return { id: service?.serviceArn, outputs: { arn: service?.serviceArn, name: service?.serviceName } }
  },
  async update({ outputs, inputs, aws }) {
    const command = new UpdateServiceCommand({ ...running(inputs), service: String(outputs.name) })
    await aws.of(ECSClient).send(command)
    return {}
  },
  async delete({ outputs, inputs, aws }) {
    const { cluster } = inputs
    const command = new DeleteServiceCommand({ cluster, service: String(outputs.name), force: true })
    await aws.of(ECSClient).send(command)
  },
  async exists({ outputs, inputs, aws }) {
    const { cluster } = inputs
    const command = new DescribeServicesCommand({ cluster, services: [String(outputs.name)] })
    const { services = [] } = await aws.of(ECSClient).send(command)
    return services.some(({ status }) => status === 'ACTIVE')
  },
})

export const ECS: JudgedTypes = {
  'aws:ecs/cluster:Cluster': cluster,
  'aws:ecs/service:Service': service,
  'aws:ecs/taskDefinition:TaskDefinition': taskDefinition,
}
