// Databases and the subnets they stand in, as calls to RDS.
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DeleteDBSubnetGroupCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  ModifyDBSubnetGroupCommand,
  RDSClient,
} from '@aws-sdk/client-rds'
import type { ClusterArgs } from '@pulumi/aws/rds/cluster.js'
import type { ClusterInstanceArgs } from '@pulumi/aws/rds/clusterInstance.js'
import type { InstanceArgs } from '@pulumi/aws/rds/instance.js'
import type { SubnetGroupArgs } from '@pulumi/aws/rds/subnetGroup.js'
import { type JudgedTypes, judged, tagList } from './judged-type.ts'

/** The secret that AWS keeps the password in, where it is to. */
function masterSecret(secret: { SecretArn?: string | undefined } | undefined) {
  return secret?.SecretArn === undefined ? {} : { masterUserSecrets: [{ secretArn: secret.SecretArn }] }
}

const subnetGroup = judged<SubnetGroupArgs>({
  async create({ inputs, name, aws }) {
    const { DBSubnetGroup } = await aws.of(RDSClient).send(
      new CreateDBSubnetGroupCommand({
        DBSubnetGroupName: inputs.name ?? name,
        DBSubnetGroupDescription: inputs.description,
        SubnetIds: inputs.subnetIds,
        Tags: tagList(inputs.tags),
      }),
    )
    const id = DBSubnetGroup?.DBSubnetGroupName
    return { id, outputs: { name: id, arn: DBSubnetGroup?.DBSubnetGroupArn } }
  },
  async update({ id, inputs, aws }) {
    const { subnetIds: SubnetIds, description: DBSubnetGroupDescription } = inputs
    const command = { DBSubnetGroupName: id, SubnetIds, DBSubnetGroupDescription }
    await aws.of(RDSClient).send(new ModifyDBSubnetGroupCommand(command))
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(RDSClient).send(new DeleteDBSubnetGroupCommand({ DBSubnetGroupName: id }))
  },
  async exists({ id, aws }) {
    const command = new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: id })
    return !!(await aws.of(RDSClient).send(command)).DBSubnetGroups?.length
  },
})

const instance = judged<InstanceArgs>({
  async create({ inputs, name, aws }) {
    const { DBInstance } = await aws.of(RDSClient).send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: inputs.identifier ?? name,
        DBInstanceClass: inputs.instanceClass,
        Engine: inputs.engine,
        EngineVersion: inputs.engineVersion,
        DBName: inputs.dbName,
        MasterUsername: inputs.username,
        ManageMasterUserPassword: inputs.manageMasterUserPassword,
        AllocatedStorage: inputs.allocatedStorage,
        StorageType: inputs.storageType,
        StorageEncrypted: inputs.storageEncrypted,
        KmsKeyId: inputs.kmsKeyId,
        MasterUserSecretKmsKeyId: inputs.masterUserSecretKmsKeyId,
        MultiAZ: inputs.multiAz,
        PubliclyAccessible: inputs.publiclyAccessible,
        BackupRetentionPeriod: inputs.backupRetentionPeriod,
        CopyTagsToSnapshot: inputs.copyTagsToSnapshot,
        DeletionProtection: inputs.deletionProtection,
        DBSubnetGroupName: inputs.dbSubnetGroupName,
        VpcSecurityGroupIds: inputs.vpcSecurityGroupIds,
        Tags: tagList(inputs.tags),
      }),
    )
    return {
      id: DBInstance?.DbiResourceId,
      outputs: {
        arn: DBInstance?.DBInstanceArn,
        identifier: DBInstance?.DBInstanceIdentifier,
        address: DBInstance?.Endpoint?.Address,
        ...masterSecret(DBInstance?.MasterUserSecret),
      },
    }
  },
  async update({ outputs, inputs, aws }) {
    await aws.of(RDSClient).send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: String(outputs.identifier),
        DBInstanceClass: inputs.instanceClass,
        AllocatedStorage: inputs.allocatedStorage,
        MultiAZ: inputs.multiAz,
        BackupRetentionPeriod: inputs.backupRetentionPeriod,
        DeletionProtection: inputs.deletionProtection,
        VpcSecurityGroupIds: inputs.vpcSecurityGroupIds,
        ApplyImmediately: inputs.applyImmediately,
      }),
    )
    return {}
  },
  async delete({ outputs, inputs, aws }) {
    await aws.of(RDSClient).send(
      new DeleteDBInstanceCommand({
        DBInstanceIdentifier: String(outputs.identifier),
        SkipFinalSnapshot: inputs.skipFinalSnapshot,
        FinalDBSnapshotIdentifier: inputs.skipFinalSnapshot ? undefined : inputs.finalSnapshotIdentifier,
      }),
    )
  },
  async exists({ outputs, aws }) {
    const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: String(outputs.identifier) })
    return !!(await aws.of(RDSClient).send(command)).DBInstances?.length
  },
})

const cluster = judged<ClusterArgs>({
  async create({ inputs, name, aws }) {
    const { DBCluster } = await aws.of(RDSClient).send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: inputs.clusterIdentifier ?? name,
        Engine: inputs.engine,
        EngineVersion: inputs.engineVersion,
        DatabaseName: inputs.databaseName,
        MasterUsername: inputs.masterUsername,
        ManageMasterUserPassword: inputs.manageMasterUserPassword,
        StorageEncrypted: inputs.storageEncrypted,
        KmsKeyId: inputs.kmsKeyId,
        MasterUserSecretKmsKeyId: inputs.masterUserSecretKmsKeyId,
        BackupRetentionPeriod: inputs.backupRetentionPeriod,
        CopyTagsToSnapshot: inputs.copyTagsToSnapshot,
        DeletionProtection: inputs.deletionProtection,
        DBSubnetGroupName: inputs.dbSubnetGroupName,
        VpcSecurityGroupIds: inputs.vpcSecurityGroupIds,
        Tags: tagList(inputs.tags),
      }),
    )
    const id = DBCluster?.DBClusterIdentifier
    return {
      id,
      outputs: {
        clusterIdentifier: id,
        arn: DBCluster?.DBClusterArn,
        endpoint: DBCluster?.Endpoint,
        ...masterSecret(DBCluster?.MasterUserSecret),
      },
    }
  },
  async update({ id, inputs, aws }) {
    await aws.of(RDSClient).send(
      new ModifyDBClusterCommand({
        DBClusterIdentifier: id,
        BackupRetentionPeriod: inputs.backupRetentionPeriod,
        DeletionProtection: inputs.deletionProtection,
        VpcSecurityGroupIds: inputs.vpcSecurityGroupIds,
      }),
    )
    return {}
  },
  async delete({ id, inputs, aws }) {
    await aws.of(RDSClient).send(
      new DeleteDBClusterCommand({
        DBClusterIdentifier: id,
        SkipFinalSnapshot: inputs.skipFinalSnapshot,
        FinalDBSnapshotIdentifier: inputs.skipFinalSnapshot ? undefined : inputs.finalSnapshotIdentifier,
      }),
    )
  },
  async exists({ id, aws }) {
    const command = new DescribeDBClustersCommand({ DBClusterIdentifier: id })
    return !!(await aws.of(RDSClient).send(command)).DBClusters?.length
  },
})

const clusterInstance = judged<ClusterInstanceArgs>({
  async create({ inputs, name, aws }) {
    const { DBInstance } = await aws.of(RDSClient).send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: inputs.identifier ?? name,
        DBClusterIdentifier: inputs.clusterIdentifier,
        DBInstanceClass: inputs.instanceClass,
        Engine: inputs.engine,
        PromotionTier: inputs.promotionTier,
        PubliclyAccessible: inputs.publiclyAccessible,
        CopyTagsToSnapshot: inputs.copyTagsToSnapshot,
        Tags: tagList(inputs.tags),
      }),
    )
    const id = DBInstance?.DBInstanceIdentifier
    return { id, outputs: { identifier: id, arn: DBInstance?.DBInstanceArn } }
  },
  async update({ id, inputs, aws }) {
    const { instanceClass: DBInstanceClass, promotionTier: PromotionTier } = inputs
    const command = { DBInstanceIdentifier: id, DBInstanceClass, PromotionTier }
    await aws.of(RDSClient).send(new ModifyDBInstanceCommand(command))
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(RDSClient).send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: id }))
  },
  async exists({ id, aws }) {
    const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id })
    return !!(await aws.of(RDSClient).send(command)).DBInstances?.length
  },
})

export const RDS: JudgedTypes = {
  'aws:rds/cluster:Cluster': cluster,
  'aws:rds/clusterInstance:ClusterInstance': clusterInstance,
  'aws:rds/instance:Instance': instance,
  'aws:rds/subnetGroup:SubnetGroup': subnetGroup,
}
