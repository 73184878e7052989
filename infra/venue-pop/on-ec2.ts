// A PoP on EC2 machines beside the central services: address, disk, machine, what it may reach and what it may read.
import { createHmac } from 'node:crypto'
import { Volume } from '@pulumi/aws/ebs/volume.js'
import { Eip } from '@pulumi/aws/ec2/eip.js'
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { getParameterOutput } from '@pulumi/aws/ssm/getParameter.js'
import { all, interpolate, type Output, output, type Resource } from '@pulumi/pulumi'
import { InvalidInput } from '../../runtime/errors.ts'
import { natsPassword } from '../broker.ts'
import { architectureOf } from '../catalog/catalog.ts'
import { admitPop } from '../central-services/leaf-door.ts'
import { declareCloudSecret, declareRenewedSecret } from '../cloud-secret.ts'
import { centralName } from '../names.ts'
import { wholeGib } from '../units.ts'
import { type Boot, bootUserData, USER_DATA_BYTES_MAX } from './boot.ts'
import type { Fetched } from './boot-fetched.ts'
import type { Leaf } from './boot-leaf.ts'
import type { Followed } from './boot-standby.ts'
import { declareMachineAlarms, declarePopAlarms } from './ec2-alarms.ts'
import {
  type Address,
  borderGroup,
  declareAddress,
  declareInstance,
  type Machine,
  volumeType,
} from './ec2-machine.ts'
import { instanceProfile, mayFetchDisk, mayReport, mayTakeAddress, type Statement } from './ec2-role.ts'
import { declareSpotGroup } from './ec2-spot-group.ts'
import { compilePopConfig, deployedPlace, isFollowed, popJson } from './pop-json.ts'
import { popEgress, popIngress, replicaTraffic } from './security-rules.ts'
import type { VenueSite } from './site.ts'
import { venuePlace } from './venue-place.ts'
import type { Ec2PopArgs, VenuePopArgs } from './venue-pop-args.ts'

/** Declares the machine as children of `parent`, and returns its public IPv4 address. */
export function declareOnEc2(
  args: VenuePopArgs,
  pop: Ec2PopArgs,
  site: VenueSite,
  parent: Resource,
): Output<string> {
  const { venue, tags } = args
  const { central } = site
  const { key } = central

  const place = venuePlace(args, pop, site, parent)
  const followed = isFollowed(pop)
  const between = followed ? [replicaTraffic()] : []
  const securityGroup = new SecurityGroup(
    `${venue}-pop`,
    {
      vpcId: central.vpcId,
      description: `Sessions of PoP ${venue}; no shell: operators come in through Session Manager`,
      ingress: [...popIngress(pop.https), ...between],
      egress: [...popEgress(args.broker), ...between],
      tags,
    },
    { parent },
  )
  // One topic for the event, unless the venue has its own.
  const topic = pop.alarmTopic === 'none' ? null : (pop.alarmTopic ?? central.alertsArn)
  const ownImage = site.machineImage(architectureOf(pop.instanceType))
  const boot = {
    prepared: ownImage !== null,
    popJson: popJson(compilePopConfig(args, deployedPlace(args))),
    image: site.image,
    region: central.region,
    instanceStore: pop.disk === 'instance-store',
    reported: topic === null ? null : { event: args.event, venue },
  }
  const leafOf = (passwordArn: string): Leaf => ({
    ...{ image: site.natsImage, passwordArn, venue, hubHost: centralName(args) },
  })
  refuseLargeBoot(boot, args.broker ? leafOf(LONGEST.arn) : null, pop, args)
  const natsArn = args.broker
    ? declareCloudSecret(
        `${venue}-pop-nats`,
        { value: natsPassword(site.uplinkToken, args.event, venue), key, tags },
        parent,
      )
    : null
  const queueKeyArn = pop.encryptQueue
    ? declareCloudSecret(`${venue}-pop-queue-key`, { value: site.queueKey, key, tags }, parent)
    : null
  const replicaTokenArn = followed
    ? declareCloudSecret(`${venue}-pop-replica`, { value: replicaToken(site, args), key, tags }, parent)
    : null
  const { chain, key: certificateKey } = site.certificate
  const certificateArn = pop.https
    ? declareRenewedSecret(
        `${venue}-pop-certificate`,
        { value: interpolate`${chain}${certificateKey}`, key, tags },
        parent,
      )
    : null
  const secretArns = [central.uplinkSecretArn, queueKeyArn, replicaTokenArn, certificateArn, natsArn].filter(
    (arn) => arn !== null,
  )
  const imageId = ownImage === null ? amazonLinux(pop.instanceType, parent) : output(ownImage)
  const reports = topic === null ? [] : [mayReport()]
  const machine = (name: string, place: Machine['place'], may: Statement[]): Machine => {
    const profile = instanceProfile(name, args, central, secretArns, [...may, ...reports], parent)
    return {
      ...{ name, pop, place, imageId, ownImage: boot.prepared, key, tags },
      securityGroupId: securityGroup.id,
      profileName: profile.name,
    }
  }
  const diskId = (name: string, place: Machine['place']) => (boot.instanceStore ? null : disk(name, place).id)
  // What was acknowledged on this disk outlives the machine: another image or configuration is another machine.
  const disk = (name: string, { availabilityZone, outpostArn }: Machine['place']) =>
    new Volume(
      `${name}-data`,
      {
        availabilityZone,
        type: volumeType(pop),
        size: wholeGib(pop.volumeBytes),
        encrypted: true,
        ...(outpostArn !== null && { outpostArn }),
        ...(key && { kmsKeyId: key.arn }),
        tags,
      },
      { parent, protect: site.protect },
    )
  const bootText = (fetched: Output<Fetched> | null, followed: Output<Followed> | null) =>
    all([
      central.uplinkSecretArn,
      queueKeyArn,
      replicaTokenArn,
      certificateArn,
      central.bucketName,
      fetched,
      followed,
      natsArn,
    ]).apply(([uplinkSecretArn, queueKey, replica, certificate, bucketName, fetches, follows, nats]) =>
      bootUserData({
        ...{ ...boot, uplinkSecretArn, bucketName, fetches, follows },
        ...{ queueKeyArn: queueKey, replicaTokenArn: replica, certificateArn: certificate },
        leaf: nats === null ? null : leafOf(nats),
      }),
    )

  const publicIp = pop.policy === 'spot' ? declareSpot() : declareInstances(pop.policy)
  if (central.leafDoorId !== null) admitPop(venue, central.leafDoorId, publicIp, tags, parent)
  if (topic !== null) declarePopAlarms(topic, args, parent)
  return publicIp

  function watch(name: string, dimensions: Record<string, Output<string>>): void {
    if (topic !== null) declareMachineAlarms(name, dimensions, pop, topic, args, parent)
  }

  function declareSpot(): Output<string> {
    const name = `${venue}-pop`
    const data = disk(name, place)
    const eip = new Eip(name, { domain: 'vpc', ...borderGroup(place), tags }, { parent })
    const may = [mayFetchDisk(data.arn, args), mayTakeAddress(eip.arn, args)]
    const fetched = output({ volumeId: data.id, allocationId: eip.allocationId })
    const group = declareSpotGroup(machine(name, place, may), bootText(fetched, null), parent)
    watch(name, { AutoScalingGroupName: group.name })
    return eip.publicIp
  }

  function declareInstances(policy: Exclude<Ec2PopArgs['policy'], 'spot'>): Output<string> {
    const run = (on: Machine, at: Address, text: Output<string>) => {
      const instance = declareInstance(on, policy, at, text, diskId(on.name, on.place), parent)
      watch(on.name, { InstanceId: instance.id })
    }
    const first = machine(`${venue}-pop`, place, [])
    const address = declareAddress(first, parent)
    const { eip, networkInterface } = address
    run(first, address, bootText(null, null))
    if (followed) {
      const elsewhere = { ...central.otherZone, outpostArn: null, borderGroup: null }
      const second = machine(`${venue}-pop-standby`, elsewhere, [mayTakeAddress(eip.arn, args)])
      const follows = output({ leaderIp: networkInterface.privateIp, allocationId: eip.allocationId })
      // An address of its own to reach out with, until it has the PoP's.
      run(second, declareAddress(second, parent), bootText(null, follows))
    }
    return eip.publicIp
  }
}

/** Of one venue, from the secret that all PoPs share: nothing more to configure, and of no use at another venue. */
function replicaToken({ uplinkToken }: VenueSite, { event, venue }: VenuePopArgs): Output<string> {
  return uplinkToken.apply((token) =>
    createHmac('sha256', token).update(`replica ${event} ${venue}`).digest('hex'),
  )
}

/** The names that are not known yet, as long as they can be: an ARN of a secret, a bucket, identifiers. */
const LONGEST = {
  arn: 'a'.repeat(200),
  bucket: 'b'.repeat(63),
  fetches: { volumeId: 'vol-'.padEnd(30), allocationId: 'eipalloc-'.padEnd(30) },
  follows: { leaderIp: '255.255.255.255', allocationId: 'eipalloc-'.padEnd(30) },
}

/** EC2 would refuse the machine in the middle of the deployment. */
function refuseLargeBoot(
  boot: Pick<Boot, 'popJson' | 'image' | 'prepared' | 'region' | 'instanceStore' | 'reported'>,
  leaf: Leaf | null,
  pop: Ec2PopArgs,
  { venue }: VenuePopArgs,
): void {
  const text = bootUserData({
    ...boot,
    leaf,
    uplinkSecretArn: LONGEST.arn,
    queueKeyArn: pop.encryptQueue ? LONGEST.arn : null,
    replicaTokenArn: isFollowed(pop) ? LONGEST.arn : null,
    certificateArn: pop.https ? LONGEST.arn : null,
    bucketName: LONGEST.bucket,
    follows: isFollowed(pop) ? LONGEST.follows : null,
    fetches: pop.policy === 'spot' ? LONGEST.fetches : null,
  })
  const over = Buffer.byteLength(text) - USER_DATA_BYTES_MAX
  if (over <= 0) return
  throw new InvalidInput(
    'MP_USER_DATA_TOO_LARGE',
    `venue ${venue}: what its machine is told at boot is ${over} bytes longer than the ${USER_DATA_BYTES_MAX} that EC2 takes`,
    'Name fewer or shorter keys under `auth`, fewer rules under `channels`, or fewer aggregates under `standing`.',
  )
}

/** The newest Amazon Linux 2023 for the machine's architecture, from AWS's public parameter. */
export function amazonLinux(instanceType: string, parent: Resource): Output<string> {
  const architecture = architectureOf(instanceType)
  const name = `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`
  return getParameterOutput({ name }, { parent }).insecureValue
}
