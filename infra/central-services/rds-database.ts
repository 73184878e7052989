// PostgreSQL on one RDS machine, with a standby in a second zone where asked.
import { Instance } from '@pulumi/aws/rds/instance.js'
import type { Resource } from '@pulumi/pulumi'
import { wholeGib } from '../units.ts'
import {
  BACKUP_DAYS,
  DATABASE_NAME,
  DATABASE_USER,
  type Database,
  type DatabaseSite,
  POSTGRES_MAJOR,
} from './database.ts'

export function declareRds(site: DatabaseSite, storageBytes: number, parent: Resource): Database {
  const { finalSnapshot, instanceClass, multiAz, protect, securityGroupId, subnetGroupName, tags } = site
  const instance = new Instance(
    'central',
    {
      engine: 'postgres',
      engineVersion: POSTGRES_MAJOR,
      instanceClass,
      allocatedStorage: wholeGib(storageBytes),
      storageType: 'gp3',
      storageEncrypted: true,
      multiAz,
      dbName: DATABASE_NAME,
      username: DATABASE_USER,
      manageMasterUserPassword: true,
      dbSubnetGroupName: subnetGroupName,
      vpcSecurityGroupIds: [securityGroupId],
      publiclyAccessible: false,
      backupRetentionPeriod: BACKUP_DAYS,
      copyTagsToSnapshot: true,
      deletionProtection: protect,
      // Destroying the stack keeps the event's records as one snapshot.
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: finalSnapshot,
      tags,
    },
    { parent, protect },
  )
  return {
    host: instance.address,
    secretArn: instance.masterUserSecrets.apply((secrets) => secrets[0]?.secretArn ?? ''),
    finalSnapshot,
    dimensions: { DBInstanceIdentifier: instance.identifier },
  }
}
