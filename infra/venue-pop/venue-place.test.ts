// A PoP outside of the region's zones: its subnet, address and disks, and what of it only the stack or AWS can say.
import { runtime } from '@pulumi/pulumi'
import { expect, test } from 'vitest'
import type { StackConfig } from '../configured-deployment.ts'
import { configuredSubnets } from '../configured-network.ts'
import { wholeEvent } from '../configured-part.ts'
import { unsetDeployment } from '../deployment.ts'
import type { Ec2Pop, EventSpec, PopSubnet, Venue } from '../event/event.ts'
import { declareEvent } from '../program.ts'
import { startRecording } from '../recording-monitor.ts'
import { recordGraph } from '../resource-graph.ts'
import { child } from '../testing/components.ts'
import { eventWith, remoteVenue } from '../testing/events.ts'

const OUTPOST = 'arn:aws:outposts:eu-west-1:123456789012:outpost/op-0a1b2c3d4e5f60718'
const IN_ZONE: PopSubnet = { zone: 'eu-west-1-dub-1a', outpost: null, cidr: '10.64.128.0/24' }
const ON_OUTPOST: PopSubnet = { zone: null, outpost: OUTPOST, cidr: '10.64.129.0/24' }

function eventAt(placement: Venue['placement'], pop: Partial<Ec2Pop>): EventSpec {
  const machine: Ec2Pop = { ...(remoteVenue().pop as Ec2Pop), disk: 'gp2', ...pop }
  return eventWith({ venues: [remoteVenue({ placement, pop: machine })] })
}

const inputs = async (spec: EventSpec, type: string) => child(await recordGraph(spec), 'remote', type).inputs

test('in a Local Zone the PoP has a subnet, a disk and an address of that zone', async () => {
  const spec = eventAt('local-zone', { subnet: IN_ZONE })
  expect(await inputs(spec, 'aws:ec2/subnet:Subnet')).toMatchObject({
    vpcId: 'vpc.central.id',
    cidrBlock: '10.64.128.0/24',
    availabilityZone: 'eu-west-1-dub-1a',
  })
  expect(await inputs(spec, 'aws:ec2/networkInterface:NetworkInterface')).toMatchObject({
    subnetId: 'subnet.remote-pop.id',
  })
  expect(await inputs(spec, 'aws:ebs/volume:Volume')).toMatchObject({
    availabilityZone: 'subnet.remote-pop.availabilityZone',
    type: 'gp2',
  })
  expect(await inputs(spec, 'aws:ec2/eip:Eip')).toMatchObject({ networkBorderGroup: 'eu-west-1-dub-1' })
  expect(await inputs(spec, 'aws:ec2/instance:Instance')).toMatchObject({
    rootBlockDevice: { volumeType: 'gp2', encrypted: true },
  })
})

test('a spot group is in that subnet too', async () => {
  const spec = eventAt('local-zone', { subnet: IN_ZONE, policy: 'spot' })
  expect(await inputs(spec, 'aws:autoscaling/group:Group')).toMatchObject({
    vpcZoneIdentifiers: ['subnet.remote-pop.id'],
  })
  expect(await inputs(spec, 'aws:ec2/eip:Eip')).toMatchObject({ networkBorderGroup: 'eu-west-1-dub-1' })
})

test('on an Outpost the subnet and the disk are on it, and the address is the region’s', async () => {
  const spec = eventAt('outpost', { subnet: ON_OUTPOST })
  expect(await inputs(spec, 'aws:ec2/subnet:Subnet')).toMatchObject({ outpostArn: OUTPOST })
  expect(await inputs(spec, 'aws:ebs/volume:Volume')).toMatchObject({ outpostArn: OUTPOST })
  expect(await inputs(spec, 'aws:ec2/eip:Eip')).not.toHaveProperty('networkBorderGroup')
})

test('an existing subnet is used, and none is made', async () => {
  const { resources } = await startRecording('micropop', 'summit', 'eu-west-1')
  const id = 'subnet-2a1b2c3d4e5f60718'
  const network = {
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-1a1b2c3d4e5f60718'],
  }
  declareEvent(eventWith(), { ...unsetDeployment(), network, venueSubnet: () => id })
  await runtime.disconnect()
  const graph = { project: 'micropop', stack: 'summit', resources }
  const interfaces = child(graph, 'remote', 'aws:ec2/networkInterface:NetworkInterface')
  expect(interfaces.inputs.subnetId).toBe(id)
  expect(resources.some(({ type }) => type === 'aws:ec2/subnet:Subnet')).toBe(false)
})

test.each([
  [
    eventWith(),
    { 'subnet-remote': 'subnet-0a1b2c3d4e5f60718' },
    'micropop:subnet-remote without micropop:vpc, which it is in',
  ],
  [
    eventWith(),
    { vpc: 'vpc-1', 'subnet-remote': 'mine' },
    'micropop:subnet-remote mine is no id of a subnet',
  ],
  [
    eventWith(),
    { vpc: 'vpc-1', 'subnet-hall': 'subnet-0a1b2c3d4e5f60718' },
    'micropop:subnet-hall is a subnet for a PoP that is not on EC2',
  ],
  [
    eventAt('local-zone', { subnet: { ...IN_ZONE, cidr: null } }),
    {},
    'venue remote: its PoP has no subnet in eu-west-1-dub-1a',
  ],
  [
    eventAt('local-zone', { subnet: IN_ZONE }),
    { vpc: 'vpc-1' },
    'venue remote: its PoP has no subnet in eu-west-1-dub-1a',
  ],
])('a stack that does not fit the event is refused: %#', (spec, values, message) => {
  const get = ((key: string) => (values as Record<string, string>)[key]) as StackConfig['get']
  expect(() => configuredSubnets({ get }, spec, wholeEvent(spec))).toThrow(
    expect.objectContaining({ code: 'MP_NETWORK_INVALID', message: expect.stringContaining(message) }),
  )
})
