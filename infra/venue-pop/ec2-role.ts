// What a PoP's machine on EC2 may do in the account: read what is its own, and be reached through Session Manager.
import { InstanceProfile } from '@pulumi/aws/iam/instanceProfile.js'
import { Role } from '@pulumi/aws/iam/role.js'
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js'
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js'
import { type Input, jsonStringify, type Output, type Resource } from '@pulumi/pulumi'
import { assumedBy } from '../assumed-by.ts'
import { TAG } from '../tags.ts'
import { ORIGINALS } from './pop-json.ts'
import type { CentralSite } from './site.ts'
import type { VenuePopArgs } from './venue-pop-args.ts'

export interface Statement {
  Effect: 'Allow'
  Action: string | string[]
  Resource: Input<string> | Input<string>[]
  Condition?: Record<string, Record<string, string>>
}

/** May read `secretArns`, and the original images, and what `more` says. Nothing else. */
export function instanceProfile(
  { venue, tags }: VenuePopArgs,
  central: CentralSite,
  secretArns: Output<string>[],
  more: Statement[],
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
  ]
  new RolePolicy(
    `${venue}-pop`,
    { role: role.name, policy: jsonStringify({ Version: '2012-10-17', Statement: [...own, ...more] }) },
    { parent },
  )
  return new InstanceProfile(`${venue}-pop`, { role: role.name, tags }, { parent })
}

/**
 * To put the PoP's own disk and address on a machine of the same event and venue, and on no other.
 * Source of what each action is checked against: AWS Service Authorization Reference, Amazon EC2, 2026-11.
 */
export function mayFetch(
  volumeArn: Output<string>,
  addressArn: Output<string>,
  { tags }: VenuePopArgs,
): Statement[] {
  const ofThisVenue = {
    StringEquals: Object.fromEntries(
      [TAG.event, TAG.venue].map((key) => [`aws:ResourceTag/${key}`, tags[key]]),
    ),
  }
  return [
    {
      Effect: 'Allow',
      Action: ['ec2:AttachVolume', 'ec2:DetachVolume'],
      Resource: [volumeArn, 'arn:aws:ec2:*:*:instance/*'],
      Condition: ofThisVenue,
    },
    {
      Effect: 'Allow',
      Action: 'ec2:AssociateAddress',
      Resource: [addressArn, 'arn:aws:ec2:*:*:instance/*', 'arn:aws:ec2:*:*:network-interface/*'],
      Condition: ofThisVenue,
    },
  ]
}
