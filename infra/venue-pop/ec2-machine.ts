// A PoP's machine on EC2 as an instance of its own, with the interface that its address is on.
import { CapacityReservation } from '@pulumi/aws/ec2/capacityReservation.js'
import { Eip } from '@pulumi/aws/ec2/eip.js'
import { Instance } from '@pulumi/aws/ec2/instance.js'
import { NetworkInterface } from '@pulumi/aws/ec2/networkInterface.js'
import { VolumeAttachment } from '@pulumi/aws/ec2/volumeAttachment.js'
import type { Output, Resource } from '@pulumi/pulumi'
import type { EncryptionKey } from '../encryption-key.ts'
import type { Ec2Pop } from '../event/event.ts'
import { purchaseInputs } from '../purchase-policies/purchase-policy.ts'
import { reservation } from '../purchase-policies/reserved.ts'
import type { CostTags } from '../tags.ts'
import { DATA_DEVICE } from './boot.ts'
import type { Place } from './venue-place.ts'
import type { Ec2PopArgs } from './venue-pop-args.ts'

/** GiB for the system, its packages and two container images. The image of Amazon Linux 2023 has 8. */
export const SYSTEM_GIB = 12
/** Name of the system's volume in the image of Amazon Linux 2023. */
export const SYSTEM_DEVICE = '/dev/xvda'

export const METADATA_OPTIONS = {
  httpEndpoint: 'enabled',
  httpTokens: 'required',
  httpPutResponseHopLimit: 1,
}

/** What a machine is made of, however it is bought. */
export interface Machine {
  /** Of its resources. */
  name: string
  pop: Ec2PopArgs
  place: Place
  securityGroupId: Output<string>
  profileName: Output<string>
  imageId: Output<string>
  /** The image is of the stack's settings, and no newest one of AWS. */
  ownImage: boolean
  /** null: AWS's own. */
  key: EncryptionKey | null
  tags: CostTags
}

export interface Address {
  networkInterface: NetworkInterface
  eip: Eip
}

/** What an instance needs to know of who is on it. */
type HubOrPop = Omit<Machine, 'pop' | 'securityGroupId'> & {
  pop: Pick<Ec2PopArgs, 'instanceType' | 'creditMode' | 'disk'>
}

/** Input of an address: where it is announced from. */
export function borderGroup({ borderGroup: networkBorderGroup }: Place) {
  return networkBorderGroup === null ? {} : { networkBorderGroup }
}

/** Type of EBS volume of the system and of the queue: what the queue is on, or gp3 where that is on the machine's own disk. */
export function volumeType({ disk }: Pick<Ec2Pop, 'disk'>): 'gp2' | 'gp3' {
  return disk === 'gp2' ? 'gp2' : 'gp3'
}

/** An interface with the PoP's address: there before the first boot, which needs to reach out, and kept by the next. */
export function declareAddress(
  { name, place, securityGroupId, tags }: Pick<Machine, 'name' | 'place' | 'securityGroupId' | 'tags'>,
  parent: Resource,
): Address {
  const networkInterface = new NetworkInterface(
    name,
    { subnetId: place.subnetId, securityGroups: [securityGroupId], tags },
    { parent },
  )
  const eip = new Eip(
    name,
    { domain: 'vpc', networkInterface: networkInterface.id, ...borderGroup(place), tags },
    { parent },
  )
  return { networkInterface, eip }
}

export function declareInstance(
  { name, pop, place, profileName, imageId, ownImage, key, tags }: HubOrPop,
  policy: Exclude<Ec2Pop['policy'], 'spot'>,
  { networkInterface, eip }: Address,
  bootText: Output<string>,
  dataId: Output<string> | null,
  parent: Resource,
): Instance {
  const { availabilityZone } = place
  const kept =
    policy === 'reserved'
      ? new CapacityReservation(
          name,
          { ...reservation(pop.instanceType), availabilityZone, tags },
          { parent },
        )
      : null
  const instance = new Instance(
    name,
    {
      ami: imageId,
      instanceType: pop.instanceType,
      ...purchaseInputs({ ...pop, policy }),
      ...(kept && {
        capacityReservationSpecification: {
          capacityReservationTarget: { capacityReservationId: kept.id },
        },
      }),
      primaryNetworkInterface: { networkInterfaceId: networkInterface.id },
      iamInstanceProfile: profileName,
      metadataOptions: METADATA_OPTIONS,
      rootBlockDevice: {
        volumeType: volumeType(pop),
        volumeSize: SYSTEM_GIB,
        encrypted: true,
        ...(key && { kmsKeyId: key.arn }),
        tags,
      },
      userData: bootText,
      // cloud-init writes pop.json at the first boot only: another configuration is another machine.
      userDataReplaceOnChange: true,
      tags,
    },
    {
      parent,
      dependsOn: [eip],
      // A newer Amazon Linux is no reason to replace a machine in mid-show.
      ignoreChanges: ownImage ? [] : ['ami'],
      // An interface and a volume serve one machine at a time.
      deleteBeforeReplace: true,
    },
  )
  // The data is on a disk of the machine's own.
  if (dataId === null) return instance
  new VolumeAttachment(
    `${name}-data`,
    {
      instanceId: instance.id,
      volumeId: dataId,
      deviceName: DATA_DEVICE,
      // So that the PoP has written and closed its log before the disk goes.
      stopInstanceBeforeDetaching: true,
    },
    { parent },
  )
  return instance
}
