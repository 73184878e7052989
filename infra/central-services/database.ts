// Central's PostgreSQL: encrypted, without a public address, its password made and kept by AWS.
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { Instance } from '@pulumi/aws/rds/instance.js'
import { SubnetGroup } from '@pulumi/aws/rds/subnetGroup.js'
import { interpolate, type Output, type Resource } from '@pulumi/pulumi'
import { FOREIGN_PORTS } from '../foreign-ports.ts'
import { withRole } from '../tags.ts'
import { wholeGib } from '../units.ts'
import type { CentralServicesArgs } from './central-services-args.ts'
import type { Network } from './network.ts'

export const DATABASE_NAME = 'micropop'
const DATABASE_USER = 'micropop'
const POSTGRES_MAJOR = '17'
/** Days that a point in time can be restored to. */
const BACKUP_DAYS = 7

export interface Database {
  /** Name of the snapshot that is taken when it is destroyed. */
  finalSnapshot: Output<string>
  host: Output<string>
  /** Of the secret with `username` and `password`, kept by Secrets Manager. */
  secretArn: Output<string>
}

/**
 * @param clients the security group whose members may connect, and nobody else
 * @param protect neither this program nor anyone with a console can destroy it
 */
export function declareDatabase(
  { event, database, tags }: CentralServicesArgs,
  network: Network,
  clients: SecurityGroup,
  protect: boolean,
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
  // AWS gives a group's id once only, so an event that is deployed again does not meet the snapshot of the time before;
  // retained automated backups would need no name, but are gone after their days.
  const finalSnapshot = interpolate`micropop-${event}-${securityGroup.id}`
  const instance = new Instance(
    'central',
    {
      engine: 'postgres',
      engineVersion: POSTGRES_MAJOR,
      instanceClass: database.instanceClass,
      allocatedStorage: wholeGib(database.storageBytes),
      storageType: 'gp3',
      storageEncrypted: true,
      multiAz: database.multiAz,
      dbName: DATABASE_NAME,
      username: DATABASE_USER,
      manageMasterUserPassword: true,
      dbSubnetGroupName: subnetGroup.name,
      vpcSecurityGroupIds: [securityGroup.id],
      publiclyAccessible: false,
      backupRetentionPeriod: BACKUP_DAYS,
      copyTagsToSnapshot: true,
      deletionProtection: protect,
      // Destroying the stack keeps the event's records as one snapshot.
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: finalSnapshot,
      tags: ofDatabase,
    },
    { parent, protect },
  )
  return {
    finalSnapshot,
    host: instance.address,
    secretArn: instance.masterUserSecrets.apply((secrets) => secrets[0]?.secretArn ?? ''),
  }
}
