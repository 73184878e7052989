// The services all venues share, as one component: network, database, bucket, CDN, ingest and its public name.
import { getZoneOutput } from '@pulumi/aws/route53/getZone.js'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { declareCloudSecret } from '../cloud-secret.ts'
import type { Deployment } from '../deployment.ts'
import { COMPONENT } from '../graph.ts'
import { withRole } from '../tags.ts'
import type { CentralSite } from '../venue-pop/site.ts'
import { declareCdn } from './cdn.ts'
import type { CentralServicesArgs } from './central-services-args.ts'
import { declareDatabase } from './database.ts'
import { declareFrontDoor, declareFrontDoorGroup } from './front-door.ts'
import { declareIngest, declareIngestGroup } from './ingest.ts'
import { declareNetwork } from './network.ts'
import { declareBucket } from './storage.ts'

export class CentralServices extends ComponentResource {
  /** What PoPs build on. */
  readonly site: CentralSite
  /** Domain of the CDN; null where the event has none. */
  readonly cdnDomain: Output<string> | null

  constructor(
    name: string,
    args: CentralServicesArgs,
    deployment: Pick<Deployment, 'image' | 'uplinkToken'>,
    opts?: ComponentResourceOptions,
  ) {
    super(COMPONENT.central, name, args, opts)
    // The zone outlives events: its name servers are known to the registrar, so it is looked up, not made.
    const { zoneId } = getZoneOutput({ name: args.zone }, { parent: this })
    const network = declareNetwork(args.tags, this)
    const bucket = declareBucket(args.tags, this)
    const uplinkSecretArn = declareCloudSecret(
      'central-uplink',
      deployment.uplinkToken,
      withRole(args.tags, 'ingest'),
      this,
    )
    const balancerGroup = declareFrontDoorGroup(args, network, this)
    const securityGroup = declareIngestGroup(args, network, balancerGroup, this)
    const database = declareDatabase(args, network, securityGroup, this)
    const frontDoor = declareFrontDoor(args, network, balancerGroup, zoneId, this)
    const { image } = deployment
    declareIngest(args, { network, securityGroup, database, frontDoor, uplinkSecretArn, image }, this)
    this.cdnDomain = args.cdn ? declareCdn(bucket, args.tags, this) : null

    const [subnetId] = network.subnetIds
    const [availabilityZone] = network.zones
    if (subnetId === undefined || availabilityZone === undefined) throw new Error('the network has no subnet')
    this.site = {
      region: args.region,
      vpcId: network.vpcId,
      subnetId,
      availabilityZone,
      zoneId,
      uplinkSecretArn,
      bucketName: bucket.bucket,
      bucketArn: bucket.arn,
    }
    this.registerOutputs({ cdnDomain: this.cdnDomain, databaseHost: database.host })
  }
}
