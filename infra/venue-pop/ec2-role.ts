// What a PoP's machine on EC2 may do in the account: read what is its own, and be reached through Session Manager.
import { InstanceProfile } from '@pulumi/aws/iam/instanceProfile.js'
import { Role } from '@pulumi/aws/iam/role.js'
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js'
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js'
import { type Input, jsonStringify, type Output, type Resource } from '@pulumi/pulumi'
import { assumedBy } from '../assumed-by.ts'
import { mayDecrypt } from '../encryption-key.ts'
import { type CostTags, TAG } from '../tags.ts'
import { NAMESPACE } from './boot-metrics.ts'
import { ORIGINALS } from './pop-json.ts'
import type { CentralSite } from './site.ts'
import type { VenuePopArgs } from './venue-pop-args.ts'

export interface Statement {
  Effect: 'Allow'
  Action: string | string[]
  Resource: Input<string> | Input<string>[]
  Condition?: Record<string, Record<string, string | string[]>> | undefined
}

/** May read `secretArns`, and the original images, and what `more` says. Nothing else. */
export function instanceProfile(
  name: string,
  { tags }: VenuePopArgs,
  central: CentralSite,
  secretArns: Output<string>[],
  more: Statement[],
  parent: Resource,
): InstanceProfile {
  const role = new Role(name, { assumeRolePolicy: assumedBy('ec2.amazonaws.com'), tags }, { parent })
  new RolePolicyAttachment(
    `${name}-session-manager`,
    { role: role.name, policyArn: 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore' },
    { parent },
  )
  const own: Statement[] = [
    {
      Effect: 'Allow',
      Action: 'secretsmanager:GetSecretValue',
      Resource: secretArns.length === 1 ? (secretArns[0] as Output<string>) : secretArns,
    },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: central.bucketArn },
    {
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: central.bucketArn.apply((arn) => `${arn}/${ORIGINALS}/*`),
    },
    ...(central.key === null ? [] : [mayDecrypt(central.key, ['s3', 'secretsmanager'])]),
  ]
  new RolePolicy(
    name,
    { role: role.name, policy: jsonStringify({ Version: '2012-10-17', Statement: [...own, ...more] }) },
    { parent },
  )
  return new InstanceProfile(name, { role: role.name, tags }, { parent })
}

/**
 * To put the PoP's own disk on a machine of the same event and venue, and on no other.
 * Source of what each action is checked against: AWS Service Authorization Reference, Amazon EC2, 2026-11.
 */
export function mayFetchDisk(volumeArn: Output<string>, { tags }: VenuePopArgs): Statement {
  return {
    Effect: 'Allow',
    Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
    Resource: [volumeArn, 'arn:aws:ec2:*:*:instance/*'],
    Condition: ofThisVenue(tags),
  }
}

/** The same for the PoP's own address. */
export function mayTakeAddress(addressArn: Output<string>, { tags }: VenuePopArgs): Statement {
  return {
    Effect: 'Allow',
    Action: 'ec2:AssociateAddress',
    Resource: [addressArn, 'arn:aws:ec2:*:*:instance/*', 'arn:aws:ec2:*:*:network-interface/*'],
    Condition: ofThisVenue(tags),
  }
}

/** What CloudWatch is told of the PoP, in a namespace of our own. The action knows no resources. */
export function mayReport(): Statement {
  return {
    Effect: 'Allow',
    Action: 'cloudwatch:PutMetricData',
    Resource: '*',
    Condition: { StringEquals: { 'cloudwatch:namespace': NAMESPACE } },
  }
}

function ofThisVenue(tags: CostTags): Statement['Condition'] {
  const entries = [TAG.event, TAG.venue].map((key) => [`aws:ResourceTag/${key}`, tags[key]])
  return { StringEquals: Object.fromEntries(entries) }
}
