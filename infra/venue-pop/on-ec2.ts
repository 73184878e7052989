// A PoP on EC2 machines beside the central services: address, disk, machine, what it may reach and what it may read.

import { Volume } from '@pulumi/aws/ebs/volume.js'
import { Eip } from '@pulumi/aws/ec2/eip.js'
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { Record as DnsRecord } from '@pulumi/aws/route53/record.js'
import { getParameterOutput } from '@pulumi/aws/ssm/getParameter.js'
import { all, interpolate, type Output, output, type Resource } from '@pulumi/pulumi'
import { InvalidInput } from '../../runtime/errors.ts'
import { architectureOf } from '../catalog/catalog.ts'
import { declareCloudSecret, declareRenewedSecret } from '../cloud-secret.ts'
import { DNS_TTL_S, popName } from '../names.ts'
import { wholeGib } from '../units.ts'
import { type Boot, bootUserData, USER_DATA_BYTES_MAX } from './boot.ts'
import type { Fetched } from './boot-fetched.ts'
import { declareAddress, declareInstance, type Machine } from './ec2-machine.ts'
import { instanceProfile, mayFetch, type Statement } from './ec2-role.ts'
import { declareSpotGroup } from './ec2-spot-group.ts'
import { compilePopConfig, deployedPlace, popJson } from './pop-json.ts'
import { popEgress, popIngress } from './security-rules.ts'
import type { VenueSite } from './site.ts'
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

  const securityGroup = new SecurityGroup(
    `${venue}-pop`,
    {
      vpcId: central.vpcId,
      description: `Sessions of PoP ${venue}; no shell: operators come in through Session Manager`,
      ingress: popIngress(pop.https),
      egress: popEgress(),
      tags,
    },
    { parent },
  )
  const boot = {
    popJson: popJson(compilePopConfig(args, deployedPlace(args))),
    image: site.image,
    region: central.region,
  }
  refuseLargeBoot(boot, pop, args)
  const queueKeyArn = pop.encryptQueue
    ? declareCloudSecret(`${venue}-pop-queue-key`, site.queueKey, tags, parent)
    : null
  const { chain, key: certificateKey } = site.certificate
  const certificateArn = pop.https
    ? declareRenewedSecret(`${venue}-pop-certificate`, interpolate`${chain}${certificateKey}`, tags, parent)
    : null
  const secretArns = [central.uplinkSecretArn, queueKeyArn, certificateArn].filter((arn) => arn !== null)
  // What was acknowledged on this disk outlives the machine: another image or configuration is another machine.
  const data = new Volume(
    `${venue}-pop-data`,
    {
      availabilityZone: central.availabilityZone,
      type: 'gp3',
      size: wholeGib(pop.volumeBytes),
      encrypted: true,
      tags,
    },
    { parent, protect: site.protect },
  )
  const machine = (may: Statement[]): Machine => ({
    name: `${venue}-pop`,
    pop,
    place: central,
    securityGroupId: securityGroup.id,
    profileName: instanceProfile(args, central, secretArns, may, parent).name,
    imageId: amazonLinux(pop.instanceType, parent),
    tags,
  })
  const bootText = (fetched: Output<Fetched> | null) =>
    all([central.uplinkSecretArn, queueKeyArn, certificateArn, central.bucketName, fetched]).apply(
      ([uplinkSecretArn, key, certificate, bucketName, fetches]) =>
        bootUserData({
          ...{ ...boot, uplinkSecretArn, queueKeyArn: key, certificateArn: certificate },
          ...{ bucketName, fetches },
        }),
    )

  const publicIp = declareMachine()
  new DnsRecord(
    `${venue}-pop`,
    { zoneId: central.zoneId, name: popName(args), type: 'A', ttl: DNS_TTL_S, records: [publicIp] },
    { parent },
  )
  return publicIp

  function declareMachine(): Output<string> {
    if (pop.policy === 'spot') {
      const eip = new Eip(`${venue}-pop`, { domain: 'vpc', tags }, { parent })
      const fetched = output({ volumeId: data.id, allocationId: eip.allocationId })
      declareSpotGroup(machine(mayFetch(data.arn, eip.arn, args)), bootText(fetched), parent)
      return eip.publicIp
    }
    const on = machine([])
    const address = declareAddress(on, parent)
    declareInstance(on, pop.policy, address, bootText(null), data.id, parent)
    return address.eip.publicIp
  }
}

/** The names that are not known yet, as long as they can be: an ARN of a secret, a bucket, identifiers. */
const LONGEST = {
  arn: 'a'.repeat(200),
  bucket: 'b'.repeat(63),
  fetches: { volumeId: 'vol-'.padEnd(30), allocationId: 'eipalloc-'.padEnd(30) },
}

/** EC2 would refuse the machine in the middle of the deployment. */
function refuseLargeBoot(
  boot: Pick<Boot, 'popJson' | 'image' | 'region'>,
  pop: Ec2PopArgs,
  { venue }: VenuePopArgs,
): void {
  const queueKeyArn = pop.encryptQueue ? LONGEST.arn : null
  const text = bootUserData({
    ...boot,
    uplinkSecretArn: LONGEST.arn,
    queueKeyArn,
    certificateArn: pop.https ? LONGEST.arn : null,
    bucketName: LONGEST.bucket,
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
function amazonLinux(instanceType: string, parent: Resource): Output<string> {
  const architecture = architectureOf(instanceType)
  const name = `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`
  return getParameterOutput({ name }, { parent }).insecureValue
}
