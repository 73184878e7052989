// The CDN in front of the event's bucket, which only it may read for the public.
import { Distribution } from '@pulumi/aws/cloudfront/distribution.js'
import { OriginAccessControl } from '@pulumi/aws/cloudfront/originAccessControl.js'
import type { Bucket } from '@pulumi/aws/s3/bucket.js'
import { BucketPolicy } from '@pulumi/aws/s3/bucketPolicy.js'
import { jsonStringify, type Output, type Resource } from '@pulumi/pulumi'
import { type CostTags, withRole } from '../tags.ts'

/** AWS's managed cache policy `CachingOptimized`: nothing but the path is part of the key. */
const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6'
const ORIGIN = 'assets'

/** Returns the distribution's domain name. */
export function declareCdn(bucket: Bucket, tags: CostTags, parent: Resource): Output<string> {
  const access = new OriginAccessControl(
    'central-assets',
    { originAccessControlOriginType: 's3', signingBehavior: 'always', signingProtocol: 'sigv4' },
    { parent },
  )
  const distribution = new Distribution(
    'central-assets',
    {
      enabled: true,
      httpVersion: 'http2and3',
      // North America and Europe: the cheapest class.
      priceClass: 'PriceClass_100',
      defaultRootObject: 'index.html',
      origins: [
        {
          originId: ORIGIN,
          domainName: bucket.bucketRegionalDomainName,
          originAccessControlId: access.id,
        },
      ],
      defaultCacheBehavior: {
        targetOriginId: ORIGIN,
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
  new BucketPolicy(
    'central-assets',
    {
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
  return distribution.domainName
}
