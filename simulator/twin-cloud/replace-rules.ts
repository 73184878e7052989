// Which changed inputs make another resource of it, by type: what the provider's schema marks as forcing a new one.
//
// After the `ForceNew` attributes of hashicorp/terraform-provider-aws, which @pulumi/aws bridges, under Pulumi's names.
// SecretVersion and Eip were checked against its source in November 2026; the other rows are from knowledge of it. Only
// inputs that a program of ours may set are listed. What a schema decides by a function (CustomizeDiff) is in `CONDITIONS`.
import { isDeepStrictEqual } from 'node:util'

type Properties = Record<string, unknown>

/** A path with a dot looks inside of an input. */
const REPLACED: Record<string, string[]> = {
  'aws:acm/certificate:Certificate': [
    'domainName',
    'subjectAlternativeNames',
    'validationMethod',
    'keyAlgorithm',
  ],
  'aws:acm/certificateValidation:CertificateValidation': ['certificateArn', 'validationRecordFqdns'],
  'aws:appautoscaling/policy:Policy': ['name', 'resourceId', 'scalableDimension', 'serviceNamespace'],
  'aws:appautoscaling/target:Target': ['resourceId', 'scalableDimension', 'serviceNamespace'],
  'aws:autoscaling/group:Group': ['name', 'namePrefix'],
  'aws:autoscaling/lifecycleHook:LifecycleHook': ['name', 'autoscalingGroupName'],
  'aws:budgets/budget:Budget': ['name', 'namePrefix', 'accountId'],
  'aws:cloudfront/distribution:Distribution': ['staging'],
  'aws:cloudfront/originAccessControl:OriginAccessControl': [],
  'aws:cloudwatch/logGroup:LogGroup': ['name', 'namePrefix', 'logGroupClass'],
  'aws:cloudwatch/metricAlarm:MetricAlarm': ['name'],
  'aws:ebs/volume:Volume': ['availabilityZone', 'encrypted', 'kmsKeyId', 'snapshotId', 'outpostArn'],
  'aws:ec2/capacityReservation:CapacityReservation': [
    'availabilityZone',
    'ebsOptimized',
    'ephemeralStorage',
    'instancePlatform',
    'instanceType',
    'outpostArn',
    'placementGroupArn',
    'tenancy',
  ],
  'aws:ec2/eip:Eip': ['domain', 'address', 'networkBorderGroup', 'publicIpv4Pool', 'ipamPoolId'],
  'aws:ec2/eipAssociation:EipAssociation': ['allocationId', 'instanceId', 'networkInterfaceId'],
  'aws:ec2/instance:Instance': [
    'ami',
    'associatePublicIpAddress',
    'availabilityZone',
    'cpuOptions',
    'enclaveOptions',
    'ephemeralBlockDevices',
    'hibernation',
    'instanceMarketOptions',
    'keyName',
    'networkInterfaces',
    'placementGroup',
    'primaryNetworkInterface',
    'privateIp',
    'rootBlockDevice.encrypted',
    'rootBlockDevice.kmsKeyId',
    'subnetId',
  ],
  'aws:ec2/internetGateway:InternetGateway': [],
  'aws:ec2/launchTemplate:LaunchTemplate': ['name', 'namePrefix'],
  'aws:ec2/networkInterface:NetworkInterface': ['subnetId', 'interfaceType'],
  'aws:ec2/placementGroup:PlacementGroup': ['name', 'strategy', 'partitionCount', 'spreadLevel'],
  'aws:ec2/route:Route': ['routeTableId', 'destinationCidrBlock', 'destinationIpv6CidrBlock'],
  'aws:ec2/routeTable:RouteTable': ['vpcId'],
  'aws:ec2/routeTableAssociation:RouteTableAssociation': ['subnetId', 'gatewayId'],
  'aws:ec2/securityGroup:SecurityGroup': ['name', 'namePrefix', 'description', 'vpcId'],
  'aws:ec2/subnet:Subnet': [
    'vpcId',
    'cidrBlock',
    'availabilityZone',
    'availabilityZoneId',
    'outpostArn',
    'ipv6Native',
  ],
  'aws:ec2/volumeAttachment:VolumeAttachment': ['deviceName', 'instanceId', 'volumeId'],
  'aws:ec2/vpc:Vpc': ['cidrBlock', 'ipv4IpamPoolId'],
  'aws:ecs/cluster:Cluster': ['name'],
  'aws:ecs/service:Service': ['cluster', 'name', 'launchType', 'schedulingStrategy'],
  'aws:ecs/taskDefinition:TaskDefinition': [
    'containerDefinitions',
    'cpu',
    'ephemeralStorage',
    'executionRoleArn',
    'family',
    'memory',
    'networkMode',
    'requiresCompatibilities',
    'runtimePlatform',
    'taskRoleArn',
    'volumes',
  ],
  'aws:iam/instanceProfile:InstanceProfile': ['name', 'namePrefix', 'path'],
  'aws:iam/policy:Policy': ['name', 'namePrefix', 'path', 'description'],
  'aws:iam/role:Role': ['name', 'namePrefix', 'path'],
  'aws:iam/rolePolicy:RolePolicy': ['role', 'name', 'namePrefix'],
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': ['role', 'policyArn'],
  'aws:imagebuilder/component:Component': [
    'data',
    'kmsKeyId',
    'name',
    'platform',
    'supportedOsVersions',
    'version',
  ],
  'aws:imagebuilder/distributionConfiguration:DistributionConfiguration': ['name'],
  'aws:imagebuilder/imagePipeline:ImagePipeline': ['name'],
  'aws:imagebuilder/imageRecipe:ImageRecipe': [
    'blockDeviceMappings',
    'components',
    'name',
    'parentImage',
    'version',
    'workingDirectory',
  ],
  'aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration': ['name'],
  'aws:kms/alias:Alias': ['name', 'namePrefix'],
  'aws:kms/grant:Grant': [
    'keyId',
    'granteePrincipal',
    'operations',
    'constraints',
    'name',
    'retiringPrincipal',
  ],
  'aws:kms/key:Key': ['keyUsage', 'customerMasterKeySpec', 'multiRegion'],
  'aws:kms/replicaKey:ReplicaKey': ['primaryKeyArn', 'region'],
  'aws:lb/listener:Listener': ['loadBalancerArn'],
  'aws:lb/loadBalancer:LoadBalancer': ['name', 'namePrefix', 'internal', 'loadBalancerType'],
  'aws:lb/targetGroup:TargetGroup': [
    'ipAddressType',
    'name',
    'namePrefix',
    'port',
    'protocol',
    'protocolVersion',
    'targetType',
    'vpcId',
  ],
  'aws:lb/targetGroupAttachment:TargetGroupAttachment': [
    'availabilityZone',
    'port',
    'targetGroupArn',
    'targetId',
  ],
  'aws:rds/cluster:Cluster': [
    'availabilityZones',
    'clusterIdentifier',
    'clusterIdentifierPrefix',
    'databaseName',
    'dbSubnetGroupName',
    'engine',
    'engineMode',
    'kmsKeyId',
    'masterUsername',
    'snapshotIdentifier',
    'storageEncrypted',
  ],
  'aws:rds/clusterInstance:ClusterInstance': [
    'availabilityZone',
    'clusterIdentifier',
    'dbSubnetGroupName',
    'engine',
    'identifier',
    'identifierPrefix',
  ],
  'aws:rds/clusterParameterGroup:ClusterParameterGroup': ['name', 'namePrefix', 'family', 'description'],
  'aws:rds/instance:Instance': [
    'availabilityZone',
    'characterSetName',
    'dbName',
    'engine',
    'kmsKeyId',
    'snapshotIdentifier',
    'storageEncrypted',
    'timezone',
    'username',
  ],
  'aws:rds/parameterGroup:ParameterGroup': ['name', 'namePrefix', 'family', 'description'],
  'aws:rds/subnetGroup:SubnetGroup': ['name', 'namePrefix'],
  'aws:route53/healthCheck:HealthCheck': ['type', 'requestInterval', 'measureLatency', 'referenceName'],
  'aws:route53/record:Record': ['zoneId', 'name'],
  'aws:s3/bucket:Bucket': ['bucket', 'bucketPrefix', 'objectLockEnabled'],
  'aws:s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration': ['bucket', 'name'],
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': ['bucket'],
  'aws:s3/bucketOwnershipControls:BucketOwnershipControls': ['bucket'],
  'aws:s3/bucketPolicy:BucketPolicy': ['bucket'],
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': ['bucket'],
  'aws:s3/bucketReplicationConfig:BucketReplicationConfig': ['bucket'],
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration': ['bucket'],
  'aws:s3/bucketVersioning:BucketVersioning': ['bucket'],
  'aws:secretsmanager/secret:Secret': ['name', 'namePrefix'],
  'aws:secretsmanager/secretVersion:SecretVersion': ['secretId', 'secretString', 'secretBinary'],
  'aws:sns/topic:Topic': ['name', 'namePrefix', 'fifoTopic'],
  'aws:sns/topicPolicy:TopicPolicy': ['arn'],
  'aws:sns/topicSubscription:TopicSubscription': ['topic', 'protocol', 'endpoint'],
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': ['securityGroupId'],
}

/** Inputs that replace only under a condition on what is asked for now. */
const CONDITIONS: Record<string, (news: Properties) => string[]> = {
  'aws:ec2/instance:Instance': ({ userDataReplaceOnChange }) =>
    userDataReplaceOnChange === true ? ['userData', 'userDataBase64'] : [],
}

/** Types whose rules are known. */
export const RULED_TYPES: ReadonlySet<string> = new Set(Object.keys(REPLACED))

/** Paths of inputs that differ between `olds` and `news` and force a replacement. */
export function replacedBy(type: string, olds: Properties, news: Properties): string[] {
  const paths = [...(REPLACED[type] ?? []), ...(CONDITIONS[type]?.(news) ?? [])]
  return paths.filter((path) => !isDeepStrictEqual(at(olds, path), at(news, path)))
}

function at(properties: Properties, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Properties | undefined)?.[key], properties)
}
