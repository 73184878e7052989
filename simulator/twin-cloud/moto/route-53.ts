// Names and what watches over them, as calls to Route 53.
import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  DeleteHealthCheckCommand,
  GetHealthCheckCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
  UpdateHealthCheckCommand,
} from '@aws-sdk/client-route-53'
import type { HealthCheckArgs } from '@pulumi/aws/route53/healthCheck.js'
import type { RecordArgs } from '@pulumi/aws/route53/record.js'
import type { Unwrap } from '@pulumi/pulumi'
import { type JudgedTypes, judged, type Wanted } from './judged-type.ts'

type DnsRecord = Unwrap<RecordArgs>

function recordSet(inputs: DnsRecord): ResourceRecordSet {
  const alias = inputs.aliases?.[0]
  return {
    Name: inputs.name,
    Type: inputs.type as 'A',
    TTL: inputs.ttl,
    SetIdentifier: setOf(inputs),
    Failover: inputs.failoverRoutingPolicies?.[0]?.type as 'PRIMARY' | undefined,
    HealthCheckId: inputs.healthCheckId,
    ResourceRecords: inputs.records?.map((Value) => ({ Value })),
    AliasTarget: alias && {
      DNSName: alias.name,
      HostedZoneId: alias.zoneId,
      EvaluateTargetHealth: alias.evaluateTargetHealth,
    },
  }
}

/** With the name in it: moto 5.2.5 deletes all records of a zone that share an identifier, whatever their names. */
function setOf({ name, setIdentifier }: DnsRecord): string | undefined {
  return setIdentifier && `${setIdentifier} ${name}`
}

async function change({ inputs, aws }: Wanted<DnsRecord>, Action: 'UPSERT' | 'DELETE') {
  const ChangeBatch = { Changes: [{ Action, ResourceRecordSet: recordSet(inputs) }] }
  const HostedZoneId = inputs.zoneId
  await aws.of(Route53Client).send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }))
  return {}
}

const record = judged<RecordArgs>({
  // moto 5.2.5 refuses to create what was deleted before; that a name is taken the twin's cloud knows itself.
  create: (wanted) => change(wanted, 'UPSERT'),
  update: (existing) => change(existing, 'UPSERT'),
  async delete(existing) {
    await change(existing, 'DELETE')
  },
  async exists({ inputs, aws }) {
    const { ResourceRecordSets = [] } = await aws.of(Route53Client).send(
      new ListResourceRecordSetsCommand({
        HostedZoneId: inputs.zoneId,
        StartRecordName: inputs.name,
        StartRecordType: inputs.type as 'A',
      }),
    )
    return ResourceRecordSets.some(
      ({ Name, Type, SetIdentifier }) =>
        Name?.replace(/\.$/, '') === inputs.name.replace(/\.$/, '') &&
        Type === inputs.type &&
        SetIdentifier === setOf(inputs),
    )
  },
})

function watched(inputs: Unwrap<HealthCheckArgs>) {
  return {
    IPAddress: inputs.ipAddress,
    Port: inputs.port,
    ResourcePath: inputs.resourcePath,
    FullyQualifiedDomainName: inputs.fqdn,
    FailureThreshold: inputs.failureThreshold,
  }
}

const healthCheck = judged<HealthCheckArgs>({
  async create({ inputs, name, aws }) {
    const { HealthCheck } = await aws.of(Route53Client).send(
      new CreateHealthCheckCommand({
        CallerReference: name,
        HealthCheckConfig: {
          ...watched(inputs),
          Type: inputs.type as 'TCP',
          RequestInterval: inputs.requestInterval,
        },
      }),
    )
    return { id: HealthCheck?.Id, outputs: { arn: `arn:aws:route53:::healthcheck/${HealthCheck?.Id}` } }
  },
  async update({ id, inputs, aws }) {
    const command = new UpdateHealthCheckCommand({ HealthCheckId: id, ...watched(inputs) })
    await aws.of(Route53Client).send(command)
    return {}
  },
  async delete({ id, aws }) {
    await aws.of(Route53Client).send(new DeleteHealthCheckCommand({ HealthCheckId: id }))
  },
  async exists({ id, aws }) {
    await aws.of(Route53Client).send(new GetHealthCheckCommand({ HealthCheckId: id }))
    return true
  },
})

export const ROUTE_53: JudgedTypes = {
  'aws:route53/healthCheck:HealthCheck': healthCheck,
  'aws:route53/record:Record': record,
}
