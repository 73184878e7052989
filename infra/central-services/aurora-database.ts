// Aurora PostgreSQL: storage in three zones, and a second machine that takes over in seconds where asked.
import { Cluster } from '@pulumi/aws/rds/cluster.js'
import { ClusterInstance } from '@pulumi/aws/rds/clusterInstance.js'
import type { Resource } from '@pulumi/pulumi'
import {
  DATABASE_NAME,
  DATABASE_USER,
  type Database,
  type DatabaseSite,
  passwordSecretArn,
  safeguards,
} from './database.ts'

const ENGINE = 'aurora-postgresql'

export function declareAurora(site: DatabaseSite, parent: Resource): Database {
  const { finalSnapshot, instanceClass, multiAz, protect, tags } = site
  const cluster = new Cluster(
    'central',
    {
      ...safeguards(site),
      engine: ENGINE,
      databaseName: DATABASE_NAME,
      masterUsername: DATABASE_USER,
    },
    { parent, protect },
  )
  // The first is the writer. A second one, which AWS puts into another zone, follows and takes over its name.
  for (const nth of multiAz ? [1, 2] : [1]) {
    new ClusterInstance(
      `central-${nth}`,
      {
        clusterIdentifier: cluster.id,
        engine: ENGINE,
        instanceClass,
        publiclyAccessible: false,
        copyTagsToSnapshot: true,
        promotionTier: nth - 1,
        tags,
      },
      { parent },
    )
  }
  return {
    host: cluster.endpoint,
    secretArn: passwordSecretArn(cluster),
    finalSnapshot,
    dimensions: { DBClusterIdentifier: cluster.id },
  }
}
