// A machine image for PoPs on EC2 that EC2 Image Builder makes: what a first boot would install and pull is in it already.
import { InstanceProfile } from '@pulumi/aws/iam/instanceProfile.js'
import { Role } from '@pulumi/aws/iam/role.js'
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js'
import { Component } from '@pulumi/aws/imagebuilder/component.js'
import { DistributionConfiguration } from '@pulumi/aws/imagebuilder/distributionConfiguration.js'
import { ImagePipeline } from '@pulumi/aws/imagebuilder/imagePipeline.js'
import { ImageRecipe } from '@pulumi/aws/imagebuilder/imageRecipe.js'
import { InfrastructureConfiguration } from '@pulumi/aws/imagebuilder/infrastructureConfiguration.js'
import { ComponentResource, type ComponentResourceOptions, type Output, type Resource } from '@pulumi/pulumi'
import { assumedBy } from '../assumed-by.ts'
import type { Architecture } from '../catalog/catalog.ts'
import { COMPONENT } from '../graph.ts'
import { SYSTEM_DEVICE, SYSTEM_GIB } from '../venue-pop/ec2-machine.ts'
import { buildDocument } from './build-document.ts'

export interface MachineImageArgs {
  region: string
  /** Container image that PoPs run; pulled into the machine image. */
  image: string
  architectures: Architecture[]
}

/** Of components and recipes: their content is in their name, which the provider makes new with each change. */
const VERSION = '1.0.0'
/** On which an image is built, by architecture. */
const BUILD_TYPE: Record<Architecture, string> = { arm64: 't4g.medium', x86_64: 't3.medium' }
/** As Image Builder names AWS's own image, the newest of it. */
const PARENT: Record<Architecture, string> = {
  arm64: 'amazon-linux-2023-arm64',
  x86_64: 'amazon-linux-2023-x86',
}
const NEWEST = 'x.x.x'
/** What the machine that builds may do (EC2 Image Builder User Guide, "Prerequisites"; from knowledge of it on 2026-11-29). */
const POLICIES = ['AmazonSSMManagedInstanceCore', 'EC2InstanceProfileForImageBuilder']

/** Nothing is built by declaring it: `aws imagebuilder start-image-pipeline-execution` does, and `pipelines` says of what. */
export class MachineImage extends ComponentResource {
  /** ARN of the pipeline of each architecture. */
  readonly pipelines: Record<string, Output<string>>

  constructor(name: string, args: MachineImageArgs, opts?: ComponentResourceOptions) {
    super(COMPONENT.machineImage, name, args, opts)
    const profileName = buildProfile(name, this)
    const component = new Component(
      name,
      { platform: 'Linux', version: VERSION, data: buildDocument(args.image) },
      { parent: this },
    )
    this.pipelines = Object.fromEntries(
      args.architectures.map((architecture) => [
        architecture,
        declarePipeline(
          `${name}-${architecture.replace('_', '-')}`,
          { architecture, component, profileName, region: args.region },
          this,
        ),
      ]),
    )
    this.registerOutputs({ pipelines: this.pipelines })
  }
}

function buildProfile(name: string, parent: Resource): Output<string> {
  const role = new Role(name, { assumeRolePolicy: assumedBy('ec2.amazonaws.com') }, { parent })
  for (const policy of POLICIES) {
    new RolePolicyAttachment(
      `${name}-${policy}`,
      { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
      { parent },
    )
  }
  return new InstanceProfile(name, { role: role.name }, { parent }).name
}

function declarePipeline(
  name: string,
  of: { architecture: Architecture; component: Component; profileName: Output<string>; region: string },
  parent: Resource,
): Output<string> {
  const { architecture, component, profileName, region } = of
  const recipe = new ImageRecipe(
    name,
    {
      version: VERSION,
      parentImage: `arn:aws:imagebuilder:${region}:aws:image/${PARENT[architecture]}/${NEWEST}`,
      components: [{ componentArn: component.arn }],
      blockDeviceMappings: [
        {
          deviceName: SYSTEM_DEVICE,
          ebs: { volumeType: 'gp3', volumeSize: SYSTEM_GIB, encrypted: 'false', deleteOnTermination: 'true' },
        },
      ],
    },
    { parent },
  )
  const infrastructure = new InfrastructureConfiguration(
    name,
    {
      instanceProfileName: profileName,
      instanceTypes: [BUILD_TYPE[architecture]],
      terminateInstanceOnFailure: true,
      instanceMetadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
    },
    { parent },
  )
  const distribution = new DistributionConfiguration(
    name,
    {
      distributions: [
        { region, amiDistributionConfiguration: { name: `${name}-{{ imagebuilder:buildDate }}` } },
      ],
    },
    { parent },
  )
  return new ImagePipeline(
    name,
    {
      imageRecipeArn: recipe.arn,
      infrastructureConfigurationArn: infrastructure.arn,
      distributionConfigurationArn: distribution.arn,
      imageTestsConfiguration: { imageTestsEnabled: true, timeoutMinutes: 60 },
    },
    { parent },
  ).arn
}
