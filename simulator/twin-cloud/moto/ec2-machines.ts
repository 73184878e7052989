// Machines, what they start from, and their disks, as calls to EC2.
import {
  AttachVolumeCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateVolumeCommand,
  DeleteLaunchTemplateCommand,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  EC2Client,
  ModifyLaunchTemplateCommand,
  ModifyVolumeCommand,
  type RequestLaunchTemplateData,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type VolumeType,
} from '@aws-sdk/client-ec2'
import type { VolumeArgs } from '@pulumi/aws/ebs/volume.js'
import type { InstanceArgs } from '@pulumi/aws/ec2/instance.js'
import type { LaunchTemplateArgs } from '@pulumi/aws/ec2/launchTemplate.js'
import type { VolumeAttachmentArgs } from '@pulumi/aws/ec2/volumeAttachment.js'
import type { Unwrap } from '@pulumi/pulumi'
import { tagged } from './ec2-tags.ts'
import { type JudgedTypes, judged, tagList } from './judged-type.ts'

type HttpTokens = 'required' | 'optional'
type Enabled = 'enabled' | 'disabled'

function metadata(options: Unwrap<InstanceArgs>['metadataOptions']) {
  return (
    options && {
      HttpTokens: options.httpTokens as HttpTokens,
      HttpEndpoint: options.httpEndpoint as Enabled,
      HttpPutResponseHopLimit: options.httpPutResponseHopLimit,
    }
  )
}

const base64 = (text: string | undefined) => text && Buffer.from(text).toString('base64')

const instance = judged<InstanceArgs>({
  async create({ inputs, aws }) {
    const root = inputs.rootBlockDevice
    const primary = inputs.primaryNetworkInterface?.networkInterfaceId
    const profile = inputs.iamInstanceProfile
    const { Instances } = await aws.of(EC2Client).send(
      new RunInstancesCommand({
        MinCount: 1,
        MaxCount: 1,
        ImageId: inputs.ami,
        InstanceType: inputs.instanceType as 't3.medium',
        IamInstanceProfile: profile === undefined ? undefined : { Name: String(profile) },
        UserData: inputs.userDataBase64 ?? base64(inputs.userData),
        MetadataOptions: metadata(inputs.metadataOptions),
        CreditSpecification: inputs.creditSpecification && {
          CpuCredits: inputs.creditSpecification.cpuCredits,
        },
        SubnetId: primary === undefined ? inputs.subnetId : undefined,
        SecurityGroupIds: primary === undefined ? inputs.vpcSecurityGroupIds : undefined,
        NetworkInterfaces:
          primary === undefined ? undefined : [{ DeviceIndex: 0, NetworkInterfaceId: primary }],
        BlockDeviceMappings: root && [
          {
            DeviceName: '/dev/xvda',
            Ebs: {
              Encrypted: root.encrypted,
              KmsKeyId: root.kmsKeyId,
              VolumeSize: root.volumeSize,
              VolumeType: root.volumeType as VolumeType,
            },
          },
        ],
        ...tagged('instance', inputs.tags),
      }),
    )
    return { id: Instances?.[0]?.InstanceId }
  },
  async delete({ id, aws }) {
    await aws.of(EC2Client).send(new TerminateInstancesCommand({ InstanceIds: [id] }))
  },
  async exists({ id, aws }) {
    const { Reservations } = await aws.of(EC2Client).send(new DescribeInstancesCommand({ InstanceIds: [id] }))
    const state = Reservations?.[0]?.Instances?.[0]?.State?.Name
    return state !== undefined && state !== 'terminated'
  },
})

function launchTemplateData(inputs: Unwrap<LaunchTemplateArgs>): RequestLaunchTemplateData {
  return {
    ImageId: inputs.imageId,
    InstanceType: inputs.instanceType as 't3.medium',
    UserData: inputs.userData,
    MetadataOptions: metadata(inputs.metadataOptions),
    IamInstanceProfile: inputs.iamInstanceProfile && { Name: inputs.iamInstanceProfile.name },
    CreditSpecification: inputs.creditSpecification && {
      CpuCredits: inputs.creditSpecification.cpuCredits,
    },
    BlockDeviceMappings: inputs.blockDeviceMappings?.map(({ deviceName, ebs }) => ({
      DeviceName: deviceName,
      Ebs: ebs && {
        Encrypted: ebs.encrypted === undefined ? undefined : String(ebs.encrypted) === 'true',
        KmsKeyId: ebs.kmsKeyId,
        DeleteOnTermination: String(ebs.deleteOnTermination) === 'true',
        VolumeSize: ebs.volumeSize,
        VolumeType: ebs.volumeType as VolumeType,
      },
    })),
    NetworkInterfaces: inputs.networkInterfaces?.map((each) => ({
      DeviceIndex: each.deviceIndex,
      AssociatePublicIpAddress: String(each.associatePublicIpAddress) === 'true',
      DeleteOnTermination: String(each.deleteOnTermination) === 'true',
      Groups: each.securityGroups,
    })),
    TagSpecifications: inputs.tagSpecifications?.map(({ resourceType, tags }) => ({
      ResourceType: resourceType as 'instance',
      Tags: tagList(tags),
    })),
  }
}

const launchTemplate = judged<LaunchTemplateArgs>({
  async create({ inputs, name, aws }) {
    const { LaunchTemplate } = await aws.of(EC2Client).send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: inputs.name ?? name,
        LaunchTemplateData: launchTemplateData(inputs),
        ...tagged('launch-template', inputs.tags),
      }),
    )
    return {
      id: LaunchTemplate?.LaunchTemplateId,
      outputs: { latestVersion: LaunchTemplate?.LatestVersionNumber },
    }
  },
  async update({ id, inputs, aws }) {
    const ec2 = aws.of(EC2Client)
    const { LaunchTemplateVersion: version } = await ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: id,
        LaunchTemplateData: launchTemplateData(inputs),
      }),
    )
    const latestVersion = version?.VersionNumber
    if (inputs.updateDefaultVersion) {
      const DefaultVersion = String(latestVersion)
      await ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId: id, DefaultVersion }))
    }
    return { outputs: { latestVersion } }
  },
  async delete({ id, aws }) {
    await aws.of(EC2Client).send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id }))
  },
  async exists({ id, aws }) {
    const command = new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [id] })
    return !!(await aws.of(EC2Client).send(command)).LaunchTemplates?.length
  },
})

const volume = judged<VolumeArgs>({
  async create({ inputs, aws }) {
    const { VolumeId } = await aws.of(EC2Client).send(
      new CreateVolumeCommand({
        AvailabilityZone: inputs.availabilityZone,
        Size: inputs.size,
        VolumeType: inputs.type as VolumeType,
        Iops: inputs.iops,
        Throughput: inputs.throughput,
        Encrypted: inputs.encrypted,
        KmsKeyId: inputs.kmsKeyId,
        ...tagged('volume', inputs.tags),
      }),
    )
    return { id: VolumeId }
  },
  async update({ id, inputs, aws }, before) {
    if (inputs.size === before.size && inputs.type === before.type) return {}
    const { size: Size, type } = inputs
    const command = new ModifyVolumeCommand({ VolumeId: id, Size, VolumeType: type as VolumeType })
    await aws.of(EC2Client).send(command)
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(EC2Client).send(new DeleteVolumeCommand({ VolumeId: id }))
  },
  async exists({ id, aws }) {
    return !!(await aws.of(EC2Client).send(new DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes?.length
  },
})

const volumeAttachment = judged<VolumeAttachmentArgs>({
  async create({ inputs, aws }) {
    const { deviceName: Device, instanceId: InstanceId, volumeId: VolumeId } = inputs
    await aws.of(EC2Client).send(new AttachVolumeCommand({ Device, InstanceId, VolumeId }))
    return {}
  },
  async delete({ inputs, aws }) {
    const { deviceName: Device, instanceId: InstanceId, volumeId: VolumeId } = inputs
    await aws.of(EC2Client).send(new DetachVolumeCommand({ Device, InstanceId, VolumeId }))
  },
  async exists({ inputs, aws }) {
    const command = new DescribeVolumesCommand({ VolumeIds: [inputs.volumeId] })
    const attachments = (await aws.of(EC2Client).send(command)).Volumes?.[0]?.Attachments ?? []
    return attachments.some(({ InstanceId }) => InstanceId === inputs.instanceId)
  },
})

export const EC2_MACHINES: JudgedTypes = {
  'aws:ebs/volume:Volume': volume,
  'aws:ec2/instance:Instance': instance,
  'aws:ec2/launchTemplate:LaunchTemplate': launchTemplate,
  'aws:ec2/volumeAttachment:VolumeAttachment': volumeAttachment,
}
