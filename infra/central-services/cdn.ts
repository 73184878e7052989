// The CDN in front of the event's bucket, which only it may read for the public, and of its copy where there is one.
import { Distribution } from '@pulumi/aws/cloudfront/distribution.js'
import { OriginAccessControl } from '@pulumi/aws/cloudfront/originAccessControl.js'
import { BucketPolicy } from '@pulumi/aws/s3/bucketPolicy.js'
import { jsonStringify, type Output, type Resource } from '@pulumi/pulumi'
import { type CostTags, withRole } from '../tags.ts'
import type { AssetBucket } from './storage.ts'

/** AWS's managed cache policy `CachingOptimized`: nothing but the path is part of the key. */
const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6'
const ORIGIN = 'assets'
const COPY = 'assets-copy'
const EITHER = 'assets-or-copy'
/** Answers of a bucket that is not well, for which the copy is asked; a missing object is missing there too. */
const UNWELL = [500, 502, 503, 504]

interface Origins {
  bucket: AssetBucket
  copy: { bucket: AssetBucket; region: string } | null
}

/** Returns the distribution's domain name. */
export function declareCdn({ bucket, copy }: Origins, tags: CostTags, parent: Resource): Output<string> {
  const access = new OriginAccessControl(
    'central-assets',
    { originAccessControlOriginType: 's3', signingBehavior: 'always', signingProtocol: 'sigv4' },
    { parent },
  )
  const origin = (originId: string, { bucket: of }: AssetBucket) => ({
    originId,
    domainName: of.bucketRegionalDomainName,
    originAccessControlId: access.id,
  })
  const distribution = new Distribution(
    'central-assets',
    {
      enabled: true,
      httpVersion: 'http2and3',
      // North America and Europe: the cheapest class.
      priceClass: 'PriceClass_100',
      defaultRootObject: 'index.html',
      origins: [origin(ORIGIN, bucket), ...(copy === null ? [] : [origin(COPY, copy.bucket)])],
      ...(copy !== null && {
        originGroups: [
          {
            originId: EITHER,
            failoverCriteria: { statusCodes: UNWELL },
            members: [{ originId: ORIGIN }, { originId: COPY }],
          },
        ],
      }),
      defaultCacheBehavior: {
        targetOriginId: copy === null ? ORIGIN : EITHER,
        viewerProtocolPolicy: 'redirect-to-https',
        allowedMethods: ['GET', 'HEAD'],
        cachedMethods: ['GET', 'HEAD'],
        cachePolicyId: CACHING_OPTIMIZED,
        compress: true,
      },
      restrictions: { geoRestriction: { restrictionType: 'none' } },
      viewerCertificate: { cloudfrontDefaultCertificate: true },
      waitForDeployment: false,
      tags: withRole(tags, 'cdn'),
    },
    { parent },
  )
  letRead('central-assets', bucket, null, distribution, parent)
  if (copy !== null) letRead('central-assets-copy', copy.bucket, copy.region, distribution, parent)
  return distribution.domainName
}

/** `region` null: the event's own. */
function letRead(
  name: string,
  { bucket }: AssetBucket,
  region: string | null,
  distribution: Distribution,
  parent: Resource,
): void {
  new BucketPolicy(
    name,
    {
      ...(region !== null && { region }),
      bucket: bucket.bucket,
      policy: jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 's3:GetObject',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Resource: bucket.arn.apply((arn) => `${arn}/*`),
            Condition: { StringEquals: { 'AWS:SourceArn': distribution.arn } },
          },
        ],
      }),
    },
    { parent },
  )
}
