// A PoP on the spot market: an Auto Scaling group of one, which has another machine when AWS takes this one back.
import { Group } from '@pulumi/aws/autoscaling/group.js'
import { LaunchTemplate } from '@pulumi/aws/ec2/launchTemplate.js'
import type { Output, Resource } from '@pulumi/pulumi'
import { grantAutoScaling } from '../encryption-key.ts'
import { spot } from '../purchase-policies/spot.ts'
import type { Machine } from './ec2-machine.ts'
import { METADATA_OPTIONS, SYSTEM_DEVICE, SYSTEM_GIB, volumeType } from './ec2-machine.ts'

/** What of a machine a launch template tags; the group has the tags for itself. */
const TAGGED = ['instance', 'volume', 'network-interface']

/** `bootText` puts the PoP's disk and address on the machine: they are of the venue, not of one machine. */
export function declareSpotGroup(
  { name, pop, place, securityGroupId, profileName, imageId, ownImage, key, tags }: Machine,
  bootText: Output<string>,
  parent: Resource,
): Group {
  const { creditSpecification, instancesDistribution } = spot(pop)
  const template = new LaunchTemplate(
    name,
    {
      imageId,
      instanceType: pop.instanceType,
      ...(creditSpecification && { creditSpecification }),
      iamInstanceProfile: { name: profileName },
      metadataOptions: METADATA_OPTIONS,
      blockDeviceMappings: [
        {
          deviceName: SYSTEM_DEVICE,
          ebs: {
            volumeType: volumeType(pop),
            volumeSize: SYSTEM_GIB,
            encrypted: 'true',
            ...(key && { kmsKeyId: key.arn }),
            deleteOnTermination: 'true',
          },
        },
      ],
      networkInterfaces: [
        {
          deviceIndex: 0,
          // To reach out with until the machine has the PoP's address, which then takes the place of this one.
          associatePublicIpAddress: 'true',
          deleteOnTermination: 'true',
          securityGroups: [securityGroupId],
        },
      ],
      tagSpecifications: TAGGED.map((resourceType) => ({ resourceType, tags })),
      userData: bootText.apply((text) => Buffer.from(text).toString('base64')),
      tags,
    },
    {
      parent,
      // A newer Amazon Linux is no reason to replace a machine in mid-show.
      ignoreChanges: ownImage ? [] : ['imageId'],
    },
  )
  const granted = key === null ? [] : [grantAutoScaling(name, key, parent)]
  return new Group(
    name,
    {
      minSize: 1,
      maxSize: 1,
      desiredCapacity: 1,
      // One zone: the disk serves only machines of its own.
      vpcZoneIdentifiers: [place.subnetId],
      mixedInstancesPolicy: {
        launchTemplate: {
          launchTemplateSpecification: {
            launchTemplateId: template.id,
            version: template.latestVersion.apply(String),
          },
          overrides: [pop.instanceType, ...pop.orTypes].map((instanceType) => ({ instanceType })),
        },
        instancesDistribution,
      },
      // The next machine boots while this one still runs, as soon as AWS expects to take it back.
      capacityRebalance: true,
      // Another image or configuration is another machine; two at a time would both want the disk.
      instanceRefresh: { strategy: 'Rolling', preferences: { minHealthyPercentage: 0 } },
      tags: Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: false })),
    },
    { parent, dependsOn: granted },
  )
}
