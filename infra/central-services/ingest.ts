// Central ingest: the tasks that PoPs sync to, on Fargate.
import { LogGroup } from '@pulumi/aws/cloudwatch/logGroup.js'
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { Cluster } from '@pulumi/aws/ecs/cluster.js'
import { Service } from '@pulumi/aws/ecs/service.js'
import { TaskDefinition } from '@pulumi/aws/ecs/taskDefinition.js'
import { Role } from '@pulumi/aws/iam/role.js'
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js'
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js'
import { jsonStringify, type Output, type Resource } from '@pulumi/pulumi'
import { NATS_PORTS, PORTS } from '../../runtime/ports.ts'
import { assumedBy } from '../assumed-by.ts'
import { type EncryptionKey, mayDecrypt } from '../encryption-key.ts'
import { FOREIGN_PORTS } from '../foreign-ports.ts'
import { withRole } from '../tags.ts'
import { wholeMib } from '../units.ts'
import type { CentralServicesArgs } from './central-services-args.ts'
import { centralContainer } from './container-definition.ts'
import type { Database } from './database.ts'
import type { FrontDoor } from './front-door.ts'
import type { Hub } from './hub.ts'
import { declareScaling } from './ingest-scaling.ts'
import type { Network } from './network.ts'

const CONTAINER = 'central'
const CPU_UNITS_PER_VCPU = 1_024
/** Seconds a new task may take to connect to its database before its health counts. */
const START_GRACE_S = 60

/** The tasks' security group: the load balancer comes in, HTTPS and the database's port go out. */
export function declareIngestGroup(
  args: CentralServicesArgs,
  network: Network,
  balancer: SecurityGroup,
  parent: Resource,
): SecurityGroup {
  const tcp = (port: number, description: string) => ({
    description,
    protocol: 'tcp',
    fromPort: port,
    toPort: port,
  })
  const fromBalancer = { securityGroups: [balancer.id] }
  return new SecurityGroup(
    'central-ingest',
    {
      vpcId: network.vpcId,
      description: 'Ingest tasks: from the load balancer only',
      ingress: [
        { ...tcp(PORTS.central, 'Uplinks, from the load balancer'), ...fromBalancer },
        { ...tcp(PORTS.centralAdmin, 'Health checks of the load balancer'), ...fromBalancer },
      ],
      egress: [
        { ...tcp(FOREIGN_PORTS.postgres, 'Database'), cidrBlocks: [network.cidr] },
        ...(args.broker === null
          ? []
          : [{ ...tcp(NATS_PORTS.client, 'Hub of the PoPs'), cidrBlocks: [network.cidr] }]),
        { ...tcp(FOREIGN_PORTS.https, 'Container image, secrets, logs'), cidrBlocks: ['0.0.0.0/0'] },
      ],
      tags: withRole(args.tags, 'ingest'),
    },
    { parent },
  )
}

export interface IngestDependencies {
  network: Network
  securityGroup: SecurityGroup
  database: Database
  frontDoor: FrontDoor
  uplinkSecretArn: Output<string>
  /** null: AWS's own. */
  key: EncryptionKey | null
  image: string
  /** null: each PoP is a room of its own. */
  hub: Pick<Hub, 'urlSecretArn' | 'ready'> | null
}

export function declareIngest(args: CentralServicesArgs, needs: IngestDependencies, parent: Resource): void {
  const { network, securityGroup, database, frontDoor, uplinkSecretArn, key, image, hub } = needs
  const tags = withRole(args.tags, 'ingest')
  const cluster = new Cluster('central', { tags }, { parent })
  const secretArns = [uplinkSecretArn, database.secretArn, ...(hub ? [hub.urlSecretArn] : [])]
  const execution = executionRole(args, secretArns, key, parent)
  const logs = new LogGroup(
    'central',
    { retentionInDays: args.logDays, ...(key && { kmsKeyId: key.arn }), tags },
    { parent },
  )
  const task = new TaskDefinition(
    'central',
    {
      family: `micropop-${args.event}-central`,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: String(args.ingest.vcpu * CPU_UNITS_PER_VCPU),
      memory: String(wholeMib(args.ingest.memoryBytes)),
      executionRoleArn: execution.role.arn,
      containerDefinitions: jsonStringify([
        centralContainer({
          name: CONTAINER,
          image,
          region: args.region,
          logGroup: logs.name,
          databaseHost: database.host,
          databaseSecretArn: database.secretArn,
          uplinkSecretArn,
          natsUrlSecretArn: hub?.urlSecretArn ?? null,
        }),
      ]),
      tags,
    },
    { parent },
  )
  const scales = args.ingest.maxTasks > args.ingest.tasks
  const service = new Service(
    'central',
    {
      cluster: cluster.arn,
      taskDefinition: task.arn,
      desiredCount: args.ingest.tasks,
      launchType: 'FARGATE',
      networkConfiguration: {
        subnets: network.subnetIds,
        securityGroups: [securityGroup.id],
        // Instead of a NAT gateway.
        assignPublicIp: true,
      },
      loadBalancers: [
        {
          targetGroupArn: frontDoor.targetGroupArn,
          containerName: CONTAINER,
          containerPort: PORTS.central,
        },
      ],
      healthCheckGracePeriodSeconds: START_GRACE_S,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      enableEcsManagedTags: true,
      propagateTags: 'SERVICE',
      tags,
    },
    // A task that starts before it may read its secrets fails, and the circuit breaker counts it.
    {
      parent,
      dependsOn: [frontDoor.ready, ...execution.permissions, ...(hub ? [hub.ready] : [])],
      // Where the load decides how many run, an update in mid-show must not.
      ...(scales && { ignoreChanges: ['desiredCount'] }),
    },
  )
  if (scales) declareScaling(args, { cluster: cluster.name, service: service.name }, parent)
}

/** What starts a task: pulls the image, writes logs, reads its secrets. The task itself has no role: it calls no AWS API. */
function executionRole(
  args: CentralServicesArgs,
  secretArns: Output<string>[],
  key: EncryptionKey | null,
  parent: Resource,
): { role: Role; permissions: Resource[] } {
  const role = new Role(
    'central-ingest-execution',
    { assumeRolePolicy: assumedBy('ecs-tasks.amazonaws.com'), tags: withRole(args.tags, 'ingest') },
    { parent },
  )
  const start = new RolePolicyAttachment(
    'central-ingest-execution',
    {
      role: role.name,
      policyArn: 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy',
    },
    { parent },
  )
  const secrets = new RolePolicy(
    'central-ingest-secrets',
    {
      role: role.name,
      policy: jsonStringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secretArns },
          ...(key === null ? [] : [mayDecrypt(key, ['secretsmanager'])]),
        ],
      }),
    },
    { parent },
  )
  return { role, permissions: [start, secrets] }
}
