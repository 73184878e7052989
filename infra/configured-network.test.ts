// An existing network: its two keys, or what is wrong with them and the command that sets them right.
import { runtime } from '@pulumi/pulumi'
import { expect, test } from 'vitest'
import type { StackConfig } from './configured-deployment.ts'
import { configuredNetwork } from './configured-network.ts'
import { unsetDeployment } from './deployment.ts'
import { declareEvent } from './program.ts'
import { startRecording } from './recording-monitor.ts'
import { child } from './testing/components.ts'
import { eventWith } from './testing/events.ts'

const VPC = 'vpc-0a1b2c3d4e5f60718'
const A = 'subnet-0a1b2c3d4e5f60718'
const B = 'subnet-1a1b2c3d4e5f60718'

const config = (values: Record<string, string>): Pick<StackConfig, 'get'> => ({
  get: ((key: string) => values[key]) as StackConfig['get'],
})

test('without either key the event has a network of its own', () => {
  expect(configuredNetwork(config({}))).toBeNull()
})

test.each([`${A},${B}`, `${A}, ${B}`, JSON.stringify([A, B])])('subnets as %s', (subnets) => {
  expect(configuredNetwork(config({ vpc: VPC, subnets }))).toEqual({ vpcId: VPC, subnetIds: [A, B] })
})

test.each([
  [{ vpc: 'my-vpc', subnets: `${A},${B}` }, 'micropop:vpc my-vpc: a VPC is named by its id'],
  [{ subnets: `${A},${B}` }, 'micropop:subnets without micropop:vpc'],
  [{ vpc: VPC }, 'micropop:subnets names 0, and 2 to 6 are needed'],
  [{ vpc: VPC, subnets: A }, 'micropop:subnets names 1, and 2 to 6 are needed'],
  [{ vpc: VPC, subnets: `${A},${A}` }, `micropop:subnets names ${A} twice`],
  [{ vpc: VPC, subnets: `${A},subnet-xyz` }, 'names subnet-xyz, which is no id of a subnet'],
])('%j is refused', (values, message) => {
  expect(() => configuredNetwork(config(values as Record<string, string>))).toThrow(
    expect.objectContaining({
      code: 'MP_NETWORK_INVALID',
      message: expect.stringContaining(message),
      remedy: expect.stringContaining('pulumi config set micropop:'),
    }),
  )
})

test('what is deployed into an existing network uses its ids, and makes none of it', async () => {
  const { resources } = await startRecording('micropop', 'summit', 'eu-west-1')
  declareEvent(eventWith(), { ...unsetDeployment(), network: { vpcId: VPC, subnetIds: [A, B] } })
  await runtime.disconnect()
  const graph = { project: 'micropop', stack: 'summit', resources }
  const made = resources.map(({ type }) => type)
  expect(made).toContain('aws:rds/instance:Instance')
  for (const type of [
    'ec2/vpc:Vpc',
    'ec2/subnet:Subnet',
    'ec2/route:Route',
    'ec2/internetGateway:InternetGateway',
  ])
    expect(made).not.toContain(`aws:${type}`)
  expect(child(graph, 'central', 'aws:lb/loadBalancer:LoadBalancer').inputs.subnets).toEqual([A, B])
  expect(child(graph, 'central', 'aws:rds/subnetGroup:SubnetGroup').inputs.subnetIds).toEqual([A, B])
  expect(
    child(graph, 'central', 'aws:ec2/securityGroup:SecurityGroup', 'central-database').inputs.vpcId,
  ).toBe(VPC)
  expect(
    child(graph, 'central', 'aws:ec2/securityGroup:SecurityGroup', 'central-ingest').inputs.egress,
  ).toContainEqual(expect.objectContaining({ fromPort: 5432, cidrBlocks: [`vpc.${VPC}.cidr`] }))
  expect(child(graph, 'remote', 'aws:ec2/networkInterface:NetworkInterface').inputs.subnetId).toBe(A)
})
