// A PoP on an EC2 machine beside the central services: address, machine, what it may reach and what it may read.

import { Volume } from '@pulumi/aws/ebs/volume.js'
import { Eip } from '@pulumi/aws/ec2/eip.js'
import { Instance } from '@pulumi/aws/ec2/instance.js'
import { NetworkInterface } from '@pulumi/aws/ec2/networkInterface.js'
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { VolumeAttachment } from '@pulumi/aws/ec2/volumeAttachment.js'
import { InstanceProfile } from '@pulumi/aws/iam/instanceProfile.js'
import { Role } from '@pulumi/aws/iam/role.js'
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js'
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js'
import { Record as DnsRecord } from '@pulumi/aws/route53/record.js'
import { getParameterOutput } from '@pulumi/aws/ssm/getParameter.js'
import { all, jsonStringify, type Output, type Resource } from '@pulumi/pulumi'
import { InvalidInput } from '../../runtime/errors.ts'
import { assumedBy } from '../assumed-by.ts'
import { declareCloudSecret } from '../cloud-secret.ts'
import { popName } from '../names.ts'
import { purchaseInputs } from '../purchase-policies/purchase-policy.ts'
import { wholeGib } from '../units.ts'
import { type Boot, bootUserData, DATA_DEVICE, USER_DATA_BYTES_MAX } from './boot.ts'
import { compilePopConfig, deployedPlace, ORIGINALS, popJson } from './pop-json.ts'
import { popEgress, popIngress } from './security-rules.ts'
import type { CentralSite, VenueSite } from './site.ts'
import type { Ec2PopArgs, VenuePopArgs } from './venue-pop-args.ts'

/** Seconds a resolver may keep a PoP's address: short, so that a swap in mid-show is seen. */
const DNS_TTL_S = 60

/** GiB for the system, its packages and two container images. The image of Amazon Linux 2023 has 8. */
const SYSTEM_GIB = 12

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
      ingress: popIngress(),
      egress: popEgress(),
      tags,
    },
    { parent },
  )
  // The address belongs to an interface of its own: it is there before the first boot, which needs to reach out,
  // and it stays when the machine is replaced.
  const networkInterface = new NetworkInterface(
    `${venue}-pop`,
    { subnetId: central.subnetId, securityGroups: [securityGroup.id], tags },
    { parent },
  )
  const eip = new Eip(
    `${venue}-pop`,
    { domain: 'vpc', networkInterface: networkInterface.id, tags },
    { parent },
  )

  const boot = {
    popJson: popJson(compilePopConfig(args, deployedPlace(args))),
    image: site.image,
    region: central.region,
  }
  refuseLargeBoot(boot, pop.encryptQueue, args)
  const queueKeyArn = pop.encryptQueue
    ? declareCloudSecret(`${venue}-pop-queue-key`, site.queueKey, tags, parent)
    : null
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
  const instance = new Instance(
    `${venue}-pop`,
    {
      ami: amazonLinux(pop.instanceType, parent),
      instanceType: pop.instanceType,
      ...purchaseInputs(pop),
      primaryNetworkInterface: { networkInterfaceId: networkInterface.id },
      iamInstanceProfile: instanceProfile(args, central, queueKeyArn, parent).name,
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      rootBlockDevice: { volumeType: 'gp3', volumeSize: SYSTEM_GIB, encrypted: true, tags },
      userData: all([central.uplinkSecretArn, queueKeyArn, central.bucketName]).apply(
        ([uplinkSecretArn, key, bucketName]) =>
          bootUserData({ ...boot, uplinkSecretArn, queueKeyArn: key, bucketName }),
      ),
      // cloud-init writes pop.json at the first boot only: another configuration is another machine.
      userDataReplaceOnChange: true,
      tags,
    },
    {
      parent,
      dependsOn: [eip],
      // A newer Amazon Linux is no reason to replace a machine in mid-show.
      ignoreChanges: ['ami'],
      // An interface and a volume serve one machine at a time.
      deleteBeforeReplace: true,
    },
  )
  new VolumeAttachment(
    `${venue}-pop-data`,
    {
      instanceId: instance.id,
      volumeId: data.id,
      deviceName: DATA_DEVICE,
      // So that the PoP has written and closed its log before the disk goes.
      stopInstanceBeforeDetaching: true,
    },
    { parent },
  )
  new DnsRecord(
    `${venue}-pop`,
    { zoneId: central.zoneId, name: popName(args), type: 'A', ttl: DNS_TTL_S, records: [eip.publicIp] },
    { parent },
  )
  return eip.publicIp
}

/** The names that are not known yet, as long as they can be: an ARN of a secret, a bucket. */
const LONGEST = { arn: 'a'.repeat(200), bucket: 'b'.repeat(63) }

/** EC2 would refuse the machine in the middle of the deployment. */
function refuseLargeBoot(
  boot: Pick<Boot, 'popJson' | 'image' | 'region'>,
  encrypted: boolean,
  { venue }: VenuePopArgs,
): void {
  const queueKeyArn = encrypted ? LONGEST.arn : null
  const text = bootUserData({
    ...boot,
    uplinkSecretArn: LONGEST.arn,
    queueKeyArn,
    bucketName: LONGEST.bucket,
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

/** Graviton families carry a `g` after the generation: t4g, m7g, c7gn. */
export function architectureOf(instanceType: string): 'arm64' | 'x86_64' {
  return /^[a-z]+\d+g/.test(instanceType) ? 'arm64' : 'x86_64'
}

/** May read the uplink's secret, the key of its queue, and the original images, and be reached through Session Manager. Nothing else. */
function instanceProfile(
  { venue, tags }: VenuePopArgs,
  central: CentralSite,
  queueKeyArn: Output<string> | null,
  parent: Resource,
): InstanceProfile {
  const role = new Role(
    `${venue}-pop`,
    { assumeRolePolicy: assumedBy('ec2.amazonaws.com'), tags },
    { parent },
  )
  new RolePolicyAttachment(
    `${venue}-pop-session-manager`,
    { role: role.name, policyArn: 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore' },
    { parent },
  )
  new RolePolicy(
    `${venue}-pop`,
    {
      role: role.name,
      policy: jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'secretsmanager:GetSecretValue',
            Resource: queueKeyArn === null ? central.uplinkSecretArn : [central.uplinkSecretArn, queueKeyArn],
          },
          { Effect: 'Allow', Action: 's3:ListBucket', Resource: central.bucketArn },
          {
            Effect: 'Allow',
            Action: 's3:GetObject',
            Resource: central.bucketArn.apply((arn) => `${arn}/${ORIGINALS}/*`),
          },
        ],
      }),
    },
    { parent },
  )
  return new InstanceProfile(`${venue}-pop`, { role: role.name, tags }, { parent })
}
