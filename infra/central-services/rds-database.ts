// PostgreSQL on one RDS machine, with a standby in a second zone where asked.
import { Instance } from '@pulumi/aws/rds/instance.js'
import type { Resource } from '@pulumi/pulumi'
import { wholeGib } from '../units.ts'
import {
  DATABASE_NAME,
  DATABASE_USER,
  type Database,
  type DatabaseSite,
  passwordSecretArn,
  safeguards,
} from './database.ts'

export function declareRds(site: DatabaseSite, storageBytes: number, parent: Resource): Database {
  const { finalSnapshot, instanceClass, multiAz, protect } = site
  const instance = new Instance(
    'central',
    {
      ...safeguards(site),
      engine: 'postgres',
      instanceClass,
      allocatedStorage: wholeGib(storageBytes),
      storageType: 'gp3',
      multiAz,
      dbName: DATABASE_NAME,
      username: DATABASE_USER,
      publiclyAccessible: false,
    },
    { parent, protect },
  )
  return {
    host: instance.address,
    secretArn: passwordSecretArn(instance),
    finalSnapshot,
    dimensions: { DBInstanceIdentifier: instance.identifier },
  }
}
