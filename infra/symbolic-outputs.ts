// What a cloud would answer, as names instead of values: `cluster.central.arn` where a real one has an ARN. A recording
// so reads like the program it came from, and the same event always gives the same graph.
import { loadCatalog } from './catalog/catalog.ts'

/**
 * Outputs that the program reads of each type, beyond `id` and its inputs. A type that is missing here shows at once:
 * the engine's preview of the same program has an input that the recording lacks, which a test compares.
 */
const COMPUTED: Record<string, readonly string[]> = {
  'aws:acm/certificate:Certificate': ['arn'],
  'aws:acm/certificateValidation:CertificateValidation': [],
  'aws:autoscaling/group:Group': ['name'],
  'aws:cloudfront/distribution:Distribution': ['arn', 'domainName'],
  'aws:cloudwatch/logGroup:LogGroup': ['arn', 'name'],
  'aws:ebs/volume:Volume': ['arn'],
  'aws:ec2/eip:Eip': ['allocationId', 'arn', 'publicIp'],
  'aws:ec2/launchTemplate:LaunchTemplate': ['latestVersion'],
  'aws:ec2/networkInterface:NetworkInterface': ['privateIp'],
  'aws:ec2/vpc:Vpc': ['mainRouteTableId'],
  'aws:ecs/cluster:Cluster': ['arn', 'name'],
  'aws:ecs/service:Service': ['name'],
  'aws:ecs/taskDefinition:TaskDefinition': ['arn'],
  'aws:iam/instanceProfile:InstanceProfile': ['name'],
  'aws:iam/role:Role': ['arn', 'name'],
  'aws:ec2/subnet:Subnet': ['availabilityZone'],
  'aws:imagebuilder/component:Component': ['arn'],
  'aws:imagebuilder/distributionConfiguration:DistributionConfiguration': ['arn'],
  'aws:imagebuilder/imagePipeline:ImagePipeline': ['arn'],
  'aws:imagebuilder/imageRecipe:ImageRecipe': ['arn'],
  'aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration': ['arn'],
  'aws:kms/key:Key': ['arn', 'keyId'],
  'aws:kms/replicaKey:ReplicaKey': ['arn'],
  'aws:lb/loadBalancer:LoadBalancer': ['arn', 'arnSuffix', 'dnsName', 'zoneId'],
  'aws:lb/targetGroup:TargetGroup': ['arn', 'arnSuffix'],
  'aws:rds/cluster:Cluster': ['endpoint'],
  'aws:rds/instance:Instance': ['address', 'identifier'],
  'aws:rds/subnetGroup:SubnetGroup': ['name'],
  'aws:route53/record:Record': ['fqdn'],
  'aws:s3/bucket:Bucket': ['arn', 'bucket', 'bucketRegionalDomainName'],
  'aws:secretsmanager/secret:Secret': ['arn'],
  'aws:secretsmanager/secretVersion:SecretVersion': ['arn'],
  'aws:sns/topic:Topic': ['arn'],
}

/** The id of a resource, e.g. `vpc.central.id`. */
export function symbolicId(type: string, name: string): string {
  return `${symbol(type, name)}.id`
}

/** Outputs of a resource that the program reads, e.g. `cluster.central.arn`. */
export function symbolicOutputs(type: string, name: string): Record<string, unknown> {
  const of = symbol(type, name)
  const outputs: Record<string, unknown> = Object.fromEntries(
    (COMPUTED[type] ?? []).map((output) => [output, `${of}.${output}`]),
  )
  if (type === 'aws:rds/instance:Instance' || type === 'aws:rds/cluster:Cluster') {
    outputs.masterUserSecrets = [{ secretArn: `${of}.masterUserSecret.arn` }]
  }
  if (type === 'aws:acm/certificate:Certificate') {
    outputs.domainValidationOptions = [
      {
        resourceRecordName: `${of}.validation.name`,
        resourceRecordType: 'CNAME',
        resourceRecordValue: `${of}.validation.value`,
      },
    ]
  }
  return outputs
}

/** `aws:ec2/vpc:Vpc` named `central` is `vpc.central`. */
export function symbol(type: string, name: string): string {
  const of = type.split(':').at(-1) ?? type
  return `${of.charAt(0).toLowerCase()}${of.slice(1)}.${name}`
}

/** A recording has every type that is asked for. */
function offeredTypes({ filters }: Record<string, unknown>): string[] {
  const asked = filters as { name: string; values: string[] }[]
  return asked.find(({ name }) => name === 'instance-type')?.values ?? []
}

/** Results of the data sources that the program asks. */
export function symbolicCall(
  token: string,
  inputs: Record<string, unknown>,
  region: string,
): Record<string, unknown> {
  switch (token) {
    case 'aws:index/getAvailabilityZones:getAvailabilityZones':
      return { names: ['a', 'b', 'c'].map((zone) => `${region}${zone}`) }
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return { accountId: 'account' }
    case 'aws:kms/getKey:getKey':
      return { arn: inputs.keyId, keySpec: 'SYMMETRIC_DEFAULT', keyState: 'Enabled' }
    case 'aws:route53/getZone:getZone':
      return { name: inputs.name, zoneId: `zone.${inputs.name}.id` }
    case 'aws:ec2/getVpc:getVpc':
      return { id: inputs.id, cidrBlock: `vpc.${inputs.id}.cidr` }
    case 'aws:ec2/getSubnet:getSubnet':
      return {
        id: inputs.id,
        vpcId: inputs.vpcId,
        availabilityZone: `subnet.${inputs.id}.zone`,
        outpostArn: '',
      }
    case 'aws:index/getAvailabilityZone:getAvailabilityZone':
      return { name: inputs.name, groupName: inputs.name, optInStatus: 'opted-in' }
    case 'aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings':
      return { instanceTypes: offeredTypes(inputs) }
    case 'aws:outposts/getOutpostInstanceTypes:getOutpostInstanceTypes':
      return { instanceTypes: [...loadCatalog().instanceTypes.keys()] }
    case 'aws:ssm/getParameter:getParameter':
      return { name: inputs.name, insecureValue: `parameter.${inputs.name}` }
    default:
      throw new Error(`the program asks ${token}, which a recording has no answer for`)
  }
}
