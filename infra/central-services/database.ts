// Central's PostgreSQL: encrypted, without a public address, its password made and kept by AWS.
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import type { Instance } from '@pulumi/aws/rds/instance.js'
import { SubnetGroup } from '@pulumi/aws/rds/subnetGroup.js'
import { interpolate, type Output, type Resource } from '@pulumi/pulumi'
import type { EncryptionKey } from '../encryption-key.ts'
import { FOREIGN_PORTS } from '../foreign-ports.ts'
import { type CostTags, withRole } from '../tags.ts'
import { declareAurora } from './aurora-database.ts'
import type { CentralServicesArgs } from './central-services-args.ts'
import type { Network } from './network.ts'
import { declareRds } from './rds-database.ts'

export const DATABASE_NAME = 'micropop'
export const DATABASE_USER = 'micropop'
const POSTGRES_MAJOR = '17'
/** Days that a point in time can be restored to. */
const BACKUP_DAYS = 7

export interface Database {
  host: Output<string>
  /** Of the secret with `username` and `password`, kept by Secrets Manager. */
  secretArn: Output<string>
  /** Name of the snapshot that is taken when it is destroyed. */
  finalSnapshot: Output<string>
  /** What its metrics are called by. */
  dimensions: Record<string, Output<string>>
}

/** What both engines are told, whatever they run on. */
export interface DatabaseSite {
  instanceClass: string
  multiAz: boolean
  subnetGroupName: Output<string>
  securityGroupId: Output<string>
  finalSnapshot: Output<string>
  protect: boolean
  /** null: AWS's own. */
  key: EncryptionKey | null
  tags: CostTags
}

/**
 * @param clients the security group whose members may connect, and nobody else
 * @param of `protect`: neither this program nor anyone with a console can destroy it
 */
export function declareDatabase(
  { event, database, tags }: CentralServicesArgs,
  network: Network,
  clients: SecurityGroup,
  { key, protect }: Pick<DatabaseSite, 'key' | 'protect'>,
  parent: Resource,
): Database {
  const ofDatabase = withRole(tags, 'database')
  const subnetGroup = new SubnetGroup(
    'central',
    { subnetIds: network.subnetIds, description: `Database of ${event}`, tags: ofDatabase },
    { parent },
  )
  const securityGroup = new SecurityGroup(
    'central-database',
    {
      vpcId: network.vpcId,
      description: 'Database: ingest tasks only',
      ingress: [
        {
          description: 'Ingest tasks',
          protocol: 'tcp',
          fromPort: FOREIGN_PORTS.postgres,
          toPort: FOREIGN_PORTS.postgres,
          securityGroups: [clients.id],
        },
      ],
      egress: [],
      tags: ofDatabase,
    },
    { parent },
  )
  const { engine, instanceClass, multiAz, storageBytes } = database
  const site: DatabaseSite = {
    instanceClass,
    multiAz,
    subnetGroupName: subnetGroup.name,
    securityGroupId: securityGroup.id,
    // AWS gives a group's id once only, so an event that is deployed again does not meet the snapshot of the time
    // before; retained automated backups would need no name, but are gone after their days.
    finalSnapshot: interpolate`micropop-${event}-${securityGroup.id}`,
    protect,
    key,
    tags: ofDatabase,
  }
  if (engine === 'aurora') return declareAurora(site, parent)
  if (storageBytes === null) throw new Error('a database on RDS without a size')
  return declareRds(site, storageBytes, parent)
}

/** What keeps the records, and who may see them: the same of a machine and of a cluster. */
export function safeguards(site: DatabaseSite) {
  return {
    engineVersion: POSTGRES_MAJOR,
    manageMasterUserPassword: true,
    storageEncrypted: true,
    ...(site.key && { kmsKeyId: site.key.arn, masterUserSecretKmsKeyId: site.key.arn }),
    dbSubnetGroupName: site.subnetGroupName,
    vpcSecurityGroupIds: [site.securityGroupId],
    backupRetentionPeriod: BACKUP_DAYS,
    copyTagsToSnapshot: true,
    deletionProtection: site.protect,
    // Destroying the stack keeps the event's records as one snapshot.
    skipFinalSnapshot: false,
    finalSnapshotIdentifier: site.finalSnapshot,
    tags: site.tags,
  }
}

/** Of the secret with `username` and `password` that AWS made for it. */
export function passwordSecretArn(of: Pick<Instance, 'masterUserSecrets'>): Output<string> {
  return of.masterUserSecrets.apply((secrets) => secrets[0]?.secretArn ?? '')
}
