// What serves the event's files near attendees, as calls to CloudFront.
import {
  CloudFrontClient,
  CreateDistributionWithTagsCommand,
  CreateOriginAccessControlCommand,
  DeleteDistributionCommand,
  DeleteOriginAccessControlCommand,
  type DistributionConfig,
  GetDistributionCommand,
  GetDistributionConfigCommand,
  GetOriginAccessControlCommand,
  type Method,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront'
import type { DistributionArgs } from '@pulumi/aws/cloudfront/distribution.js'
import type { OriginAccessControlArgs } from '@pulumi/aws/cloudfront/originAccessControl.js'
import type { Unwrap } from '@pulumi/pulumi'
import { type Existing, type JudgedTypes, judged, tagList } from './judged-type.ts'

/** A list as CloudFront takes it: with its length. */
const counted = <T>(Items: T[]) => ({ Quantity: Items.length, Items })

function distributionConfig(inputs: Unwrap<DistributionArgs>, CallerReference: string): DistributionConfig {
  const cache = inputs.defaultCacheBehavior
  return {
    CallerReference,
    Comment: inputs.comment ?? '',
    Enabled: inputs.enabled,
    DefaultRootObject: inputs.defaultRootObject,
    HttpVersion: inputs.httpVersion as 'http2and3',
    PriceClass: inputs.priceClass as 'PriceClass_100',
    Origins: counted(
      inputs.origins.map((origin) => ({
        Id: origin.originId,
        DomainName: origin.domainName,
        OriginAccessControlId: origin.originAccessControlId,
        S3OriginConfig: { OriginAccessIdentity: '' },
      })),
    ),
    OriginGroups: counted(
      (inputs.originGroups ?? []).map((group) => ({
        Id: group.originId,
        FailoverCriteria: { StatusCodes: counted(group.failoverCriteria.statusCodes) },
        Members: counted(group.members.map(({ originId: OriginId }) => ({ OriginId }))),
      })),
    ),
    DefaultCacheBehavior: {
      TargetOriginId: originOf(inputs, cache.targetOriginId),
      ViewerProtocolPolicy: cache.viewerProtocolPolicy as 'redirect-to-https',
      CachePolicyId: cache.cachePolicyId,
      Compress: cache.compress,
      AllowedMethods: {
        ...counted(cache.allowedMethods as Method[]),
        CachedMethods: counted(cache.cachedMethods as Method[]),
      },
    },
    Restrictions: {
      GeoRestriction: {
        RestrictionType: inputs.restrictions.geoRestriction.restrictionType as 'none',
        ...counted(inputs.restrictions.geoRestriction.locations ?? []),
      },
    },
    ViewerCertificate: {
      CloudFrontDefaultCertificate: inputs.viewerCertificate.cloudfrontDefaultCertificate,
      ACMCertificateArn: inputs.viewerCertificate.acmCertificateArn,
    },
  }
}

/** moto 5.2.5 knows no group of origins as a target, which AWS takes: it is shown the first of the group. */
function originOf({ originGroups = [] }: Unwrap<DistributionArgs>, target: string): string {
  const group = originGroups.find(({ originId }) => originId === target)
  return group?.members[0]?.originId ?? target
}

/** Puts another configuration on it, and returns the tag that the next call has to show. */
async function configure(
  { id: Id, aws }: Existing<Unwrap<DistributionArgs>>,
  inputs: Unwrap<DistributionArgs>,
) {
  const cloudFront = aws.of(CloudFrontClient)
  const { ETag: IfMatch, DistributionConfig: now } = await cloudFront.send(
    new GetDistributionConfigCommand({ Id }),
  )
  const DistributionConfig = distributionConfig(inputs, now?.CallerReference ?? '')
  const { ETag } = await cloudFront.send(new UpdateDistributionCommand({ Id, IfMatch, DistributionConfig }))
  return ETag
}

const distribution = judged<DistributionArgs>({
  async create({ inputs, name, aws }) {
    const { Distribution } = await aws.of(CloudFrontClient).send(
      new CreateDistributionWithTagsCommand({
        DistributionConfigWithTags: {
          DistributionConfig: distributionConfig(inputs, name),
          Tags: { Items: tagList(inputs.tags) },
        },
      }),
    )
    const { Id: id, ARN: arn, DomainName: domainName } = Distribution ?? {}
    return { id, outputs: { arn, domainName } }
  },
  async update(existing) {
    await configure(existing, existing.inputs)
    return {}
  },
  // One that serves cannot be deleted: the provider disables it first.
  async delete(existing) {
    const IfMatch = await configure(existing, { ...existing.inputs, enabled: false })
    const command = new DeleteDistributionCommand({ Id: existing.id, IfMatch })
    await existing.aws.of(CloudFrontClient).send(command)
  },
  async exists({ id, aws }) {
    await aws.of(CloudFrontClient).send(new GetDistributionCommand({ Id: id }))
    return true
  },
})

const originAccessControl = judged<OriginAccessControlArgs>({
  async create({ inputs, name, aws }) {
    const { OriginAccessControl } = await aws.of(CloudFrontClient).send(
      new CreateOriginAccessControlCommand({
        OriginAccessControlConfig: {
          Name: inputs.name ?? name,
          Description: inputs.description,
          OriginAccessControlOriginType: inputs.originAccessControlOriginType as 's3',
          SigningBehavior: inputs.signingBehavior as 'always',
          SigningProtocol: inputs.signingProtocol as 'sigv4',
        },
      }),
    )
    return { id: OriginAccessControl?.Id }
  },
  async delete({ id, aws }) {
    const cloudFront = aws.of(CloudFrontClient)
    const { ETag: IfMatch } = await cloudFront.send(new GetOriginAccessControlCommand({ Id: id }))
    await cloudFront.send(new DeleteOriginAccessControlCommand({ Id: id, IfMatch }))
  },
  async exists({ id, aws }) {
    await aws.of(CloudFrontClient).send(new GetOriginAccessControlCommand({ Id: id }))
    return true
  },
})

export const CLOUD_FRONT: JudgedTypes = {
  'aws:cloudfront/distribution:Distribution': distribution,
  'aws:cloudfront/originAccessControl:OriginAccessControl': originAccessControl,
}
