// Which meter prices which resource type, and which types cost nothing by themselves.
import type { Meter } from '../charge.ts'
import { auroraCluster, auroraInstance } from './aurora.ts'
import { autoScalingGroup } from './auto-scaling-group.ts'
import { cloudfrontDistribution } from './cloudfront-distribution.ts'
import { ebsVolume } from './ebs.ts'
import { ec2Instance } from './ec2-instance.ts'
import { fargateService } from './fargate-service.ts'
import { kmsKey } from './kms-key.ts'
import { loadBalancer } from './load-balancer.ts'
import { logGroup } from './log-group.ts'
import { metricAlarm } from './metric-alarm.ts'
import { natGateway } from './nat-gateway.ts'
import { elasticIp } from './public-ipv4.ts'
import { rdsInstance } from './rds-instance.ts'
import { route53HealthCheck, route53Record, route53Zone } from './route53.ts'
import { s3Bucket, s3Replication } from './s3-bucket.ts'
import { scalingTarget } from './scaling-target.ts'
import { secret } from './secret.ts'
import { venuePop } from './venue-pop.ts'

const METERS: Record<string, Meter> = {
  'aws:appautoscaling/target:Target': scalingTarget,
  'aws:autoscaling/group:Group': autoScalingGroup,
  'aws:cloudfront/distribution:Distribution': cloudfrontDistribution,
  'aws:cloudwatch/logGroup:LogGroup': logGroup,
  'aws:cloudwatch/metricAlarm:MetricAlarm': metricAlarm,
  'aws:ebs/volume:Volume': ebsVolume,
  'aws:ec2/eip:Eip': elasticIp,
  'aws:ec2/instance:Instance': ec2Instance,
  'aws:ec2/natGateway:NatGateway': natGateway,
  'aws:ecs/service:Service': fargateService,
  'aws:kms/key:Key': kmsKey,
  'aws:kms/replicaKey:ReplicaKey': kmsKey,
  'aws:lb/loadBalancer:LoadBalancer': loadBalancer,
  'aws:rds/cluster:Cluster': auroraCluster,
  'aws:rds/clusterInstance:ClusterInstance': auroraInstance,
  'aws:rds/instance:Instance': rdsInstance,
  'aws:route53/healthCheck:HealthCheck': route53HealthCheck,
  'aws:route53/record:Record': route53Record,
  'aws:route53/zone:Zone': route53Zone,
  'aws:s3/bucket:Bucket': s3Bucket,
  'aws:s3/bucketReplicationConfig:BucketReplicationConfig': s3Replication,
  'aws:s3/bucketV2:BucketV2': s3Bucket,
  'aws:secretsmanager/secret:Secret': secret,
  'micropop:infra:VenuePop': venuePop,
}

const SETTING = 'a setting of another resource'
const NETWORK = 'AWS does not charge for it; traffic and addresses are priced where they are used'

/** A type, or a prefix of types that ends in `:` or `/`, and why it costs nothing. */
const FREE: [type: string, why: string][] = [
  ['aws:acm/certificate:Certificate', 'public certificates are free'],
  ['aws:acm/certificateValidation:CertificateValidation', SETTING],
  ['aws:appautoscaling/policy:Policy', SETTING],
  ['aws:budgets/budget:Budget', 'AWS does not charge for a budget that only tells'],
  ['aws:cloudfront/originAccessControl:OriginAccessControl', SETTING],
  ['aws:ebs/volumeAttachment:VolumeAttachment', SETTING],
  [
    'aws:ec2/capacityReservation:CapacityReservation',
    'the machine that it is for pays its hours, which would cost the same without it',
  ],
  ['aws:ec2/eipAssociation:EipAssociation', SETTING],
  ['aws:ec2/internetGateway:InternetGateway', NETWORK],
  ['aws:ec2/launchTemplate:LaunchTemplate', SETTING],
  ['aws:ec2/networkInterface:NetworkInterface', NETWORK],
  ['aws:ec2/route:Route', NETWORK],
  ['aws:ec2/routeTable:RouteTable', NETWORK],
  ['aws:ec2/routeTableAssociation:RouteTableAssociation', NETWORK],
  ['aws:ec2/securityGroup:SecurityGroup', NETWORK],
  ['aws:ec2/securityGroupRule:SecurityGroupRule', NETWORK],
  ['aws:ec2/subnet:Subnet', NETWORK],
  ['aws:ec2/volumeAttachment:VolumeAttachment', SETTING],
  ['aws:ec2/vpc:Vpc', NETWORK],
  ['aws:ecs/cluster:Cluster', 'tasks on Fargate are priced at their service'],
  ['aws:ecs/taskDefinition:TaskDefinition', 'its size is priced at the service that runs it'],
  ['aws:iam/', 'identity and access management is free'],
  [
    'aws:imagebuilder/',
    'Image Builder is free; the machine that builds and the snapshot that it leaves are billed, in no event’s window',
  ],
  ['aws:kms/alias:Alias', SETTING],
  ['aws:kms/grant:Grant', SETTING],
  ['aws:lb/listener:Listener', 'part of the load balancer'],
  ['aws:lb/targetGroup:TargetGroup', 'part of the load balancer'],
  ['aws:lb/targetGroupAttachment:TargetGroupAttachment', SETTING],
  ['aws:rds/parameterGroup:ParameterGroup', SETTING],
  ['aws:rds/subnetGroup:SubnetGroup', SETTING],
  ['aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration', SETTING],
  ['aws:s3/bucketOwnershipControls:BucketOwnershipControls', SETTING],
  ['aws:s3/bucketPolicy:BucketPolicy', SETTING],
  ['aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock', SETTING],
  ['aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration', SETTING],
  ['aws:s3/bucketVersioning:BucketVersioning', SETTING],
  ['aws:secretsmanager/secretVersion:SecretVersion', 'priced at its secret'],
  ['aws:sns/', 'the mails of an event stay far below the thousand a month that are free'],
  ['aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule', NETWORK],
  ['aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', NETWORK],
  ['kubernetes:', "runs on the venue's own machine"],
  ['micropop:infra:CentralServices', 'its resources are priced one by one'],
  ['micropop:infra:MachineImage', 'its resources are priced one by one'],
  ['pulumi:', 'part of the deployment, not of the cloud'],
]

export function meterOf(type: string): Meter | null {
  return METERS[type] ?? null
}

/** Why a type costs nothing by itself; null where nothing says so. */
export function freeWhy(type: string): string | null {
  return FREE.find(([prefix]) => type === prefix || isUnder(type, prefix))?.[1] ?? null
}

function isUnder(type: string, prefix: string): boolean {
  return type.startsWith(prefix) && /[:/]$/.test(prefix)
}
