// What the shared services are made of: the inputs of their resources, not merely that they exist.
import { beforeAll, expect, test } from 'vitest'
import { PATHS, PORTS } from '../../runtime/ports.ts'
import type { ResourceGraph } from '../graph.ts'
import { recordGraph } from '../resource-graph.ts'
import { child, readable } from '../testing/components.ts'
import { eventWith } from '../testing/events.ts'

const TIMEOUT_MS = 30_000

let graph: ResourceGraph
beforeAll(async () => {
  graph = await recordGraph(eventWith())
}, TIMEOUT_MS)

const inputs = (type: string, name?: string) => child(graph, 'central', type, name).inputs

test('every input is as it was recorded last', async () => {
  await expect(readable(graph, 'central')).toMatchFileSnapshot('../testing/recorded/central-services.yaml')
})

test('the database is encrypted, private, and its password is in no input', () => {
  const database = inputs('aws:rds/instance:Instance')
  expect(database).toMatchObject({
    engine: 'postgres',
    instanceClass: 'db.t4g.medium',
    allocatedStorage: 47,
    storageEncrypted: true,
    publiclyAccessible: false,
    multiAz: false,
    manageMasterUserPassword: true,
    vpcSecurityGroupIds: ['securityGroup.central-database.id'],
  })
  expect(database).not.toHaveProperty('password')
})

test('only ingest tasks reach the database', () => {
  const { ingress, egress } = inputs('aws:ec2/securityGroup:SecurityGroup', 'central-database')
  expect(ingress).toEqual([
    expect.objectContaining({
      fromPort: 5432,
      toPort: 5432,
      securityGroups: ['securityGroup.central-ingest.id'],
    }),
  ])
  expect(egress).toEqual([])
})

test('each deployment keeps its last snapshot under a name of its own', () => {
  expect(inputs('aws:rds/instance:Instance')).toMatchObject({
    skipFinalSnapshot: false,
    finalSnapshotIdentifier: 'micropop-summit-securityGroup.central-database.id',
  })
})

test('only the load balancer reaches ingest tasks, on their two ports', () => {
  const { ingress } = inputs('aws:ec2/securityGroup:SecurityGroup', 'central-ingest')
  expect(ingress).toEqual(
    [PORTS.central, PORTS.centralAdmin].map((port) => ({
      description: expect.any(String),
      protocol: 'tcp',
      fromPort: port,
      toPort: port,
      securityGroups: ['securityGroup.central-balancer.id'],
    })),
  )
  expect(inputs('aws:lb/loadBalancer:LoadBalancer')).toMatchObject({
    securityGroups: ['securityGroup.central-balancer.id'],
  })
})

test('tasks start once they may pull their image and read their secrets', () => {
  const { dependencies } = child(graph, 'central', 'aws:ecs/service:Service')
  expect(dependencies).toContain(
    child(graph, 'central', 'aws:iam/rolePolicyAttachment:RolePolicyAttachment').urn,
  )
  expect(dependencies).toContain(child(graph, 'central', 'aws:iam/rolePolicy:RolePolicy').urn)
})

test('a task has the size and the number of the event file', () => {
  expect(inputs('aws:ecs/taskDefinition:TaskDefinition')).toMatchObject({
    requiresCompatibilities: ['FARGATE'],
    cpu: '1024',
    memory: '2048',
  })
  expect(inputs('aws:ecs/service:Service')).toMatchObject({ desiredCount: 2, launchType: 'FARGATE' })
})

const containers = () =>
  JSON.parse(String(inputs('aws:ecs/taskDefinition:TaskDefinition').containerDefinitions))

test('central listens where the balancer finds it, on both ports', () => {
  const [{ command, portMappings }] = containers()
  expect(command).toEqual(['central', '--host', '0.0.0.0', '--admin-host', '0.0.0.0'])
  expect(portMappings).toEqual([{ containerPort: PORTS.central }, { containerPort: PORTS.centralAdmin }])
})

test('a task is given secrets by name only', () => {
  const [container] = containers()
  expect(container.environment).toEqual([
    { name: 'DATABASE_URL', value: 'postgres://instance.central.address:5432/micropop?sslmode=require' },
  ])
  expect(container.secrets).toEqual([
    { name: 'MICROPOP_UPLINK_TOKEN', valueFrom: 'secretVersion.central-uplink.arn' },
    { name: 'PGUSERNAME', valueFrom: 'instance.central.masterUserSecret.arn:username::' },
    { name: 'PGPASSWORD', valueFrom: 'instance.central.masterUserSecret.arn:password::' },
  ])
})

test('PoPs dial HTTPS, which ends at a balancer that asks the tasks for their health', () => {
  expect(inputs('aws:lb/listener:Listener')).toMatchObject({
    port: 443,
    protocol: 'TLS',
    certificateArn: 'certificate.central.arn',
  })
  expect(inputs('aws:lb/targetGroup:TargetGroup')).toMatchObject({
    port: PORTS.central,
    healthCheck: { port: String(PORTS.centralAdmin), path: PATHS.health },
  })
  expect(inputs('aws:route53/record:Record', 'central')).toMatchObject({
    name: 'central.summit.events.example.com',
    aliases: [{ name: 'loadBalancer.central.dnsName' }],
  })
})

test('the bucket is private and encrypted, and only the CDN reads it for the public', () => {
  expect(inputs('aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock')).toMatchObject({
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  })
  const { Statement } = JSON.parse(String(inputs('aws:s3/bucketPolicy:BucketPolicy').policy))
  expect(Statement).toEqual([
    expect.objectContaining({
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Condition: { StringEquals: { 'AWS:SourceArn': 'distribution.central-assets.arn' } },
    }),
  ])
})

test('whatever uses a subnet waits for the way out', () => {
  const route = child(graph, 'central', 'aws:ec2/route:Route').urn
  for (const type of ['aws:ecs/service:Service', 'aws:lb/loadBalancer:LoadBalancer']) {
    expect(child(graph, 'central', type).dependencies, type).toContain(route)
  }
  expect(child(graph, 'remote', 'aws:ec2/networkInterface:NetworkInterface').dependencies).toContain(route)
})
