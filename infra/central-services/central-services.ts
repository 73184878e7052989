// The services all venues share, as one component: network, database, bucket, CDN, ingest and its public name.
import { ComponentResource, type ComponentResourceOptions, type Output, type Resource } from '@pulumi/pulumi'
import { declareCloudSecret } from '../cloud-secret.ts'
import type { Deployment } from '../deployment.ts'
import { declareKey, type EncryptionKey, existingKey } from '../encryption-key.ts'
import { COMPONENT } from '../graph.ts'
import { withRole } from '../tags.ts'
import type { CentralSite } from '../venue-pop/site.ts'
import { declareAlarms } from './alarms.ts'
import { declareAlertTopic } from './alerts.ts'
import { declareBucketCopy } from './bucket-copy.ts'
import { declareBudget } from './budget.ts'
import { declareCdn } from './cdn.ts'
import type { CentralServicesArgs } from './central-services-args.ts'
import { type Database, declareDatabase } from './database.ts'
import { declareFrontDoor, declareFrontDoorGroup, type FrontDoor } from './front-door.ts'
import { declareHub, type Hub } from './hub.ts'
import { declareIngest, declareIngestGroup } from './ingest.ts'
import { declareLeafDoor } from './leaf-door.ts'
import { declareNetwork, existingNetwork } from './network.ts'
import { declareBucket } from './storage.ts'

/** Alarms and the budget, where somebody is to be told; returns the topic that tells them. */
function declareWatch(
  args: CentralServicesArgs,
  { frontDoor, database, hub }: { frontDoor: FrontDoor; database: Database; hub: Hub | null },
  parent: Resource,
): Output<string> | null {
  const { alerts, budgetUsd, event, tags } = args
  if (alerts === null) return null
  const topicArn = declareAlertTopic(alerts, tags, parent)
  const { storageBytes } = args.database
  const watched = { ...frontDoor.dimensions, database: database.dimensions, storageBytes, hub }
  declareAlarms(watched, topicArn, tags, parent)
  if (budgetUsd !== null) declareBudget(event, budgetUsd, topicArn, tags, parent)
  return topicArn
}

/** null: each service of AWS has its own. */
function encryptionKey(
  { copyRegion, encryption, event, region, tags }: CentralServicesArgs,
  kmsKeyArn: string | null,
  parent: Resource,
): EncryptionKey | null {
  if (encryption === 'aws-keys') return null
  if (kmsKeyArn !== null) return existingKey(kmsKeyArn, copyRegion, parent)
  return declareKey({ event, region, copyRegion, tags: withRole(tags, 'encryption') }, parent)
}

export class CentralServices extends ComponentResource {
  /** What PoPs build on. */
  readonly site: CentralSite
  /** What the last snapshot of the database is called, once that is destroyed. */
  readonly finalSnapshot: Output<string>
  /** Domain of the CDN; null where the event has none. */
  readonly cdnDomain: Output<string> | null

  constructor(
    name: string,
    args: CentralServicesArgs,
    deployment: Pick<
      Deployment,
      'image' | 'natsImage' | 'uplinkToken' | 'network' | 'protect' | 'kmsKeyArn'
    > & {
      zoneId: Output<string>
    },
    opts?: ComponentResourceOptions,
  ) {
    super(COMPONENT.central, name, args, opts)
    const { image, protect, zoneId } = deployment
    const network =
      deployment.network === null
        ? declareNetwork(args.network.cidr, args.tags, this)
        : existingNetwork(deployment.network, this)
    const { archive, copyRegion, tags } = args
    const key = encryptionKey(args, deployment.kmsKeyArn, this)
    const keyArn = key?.arn ?? null
    const assets = declareBucket(
      { name: 'central-assets', archive, protect, region: null, keyArn, tags },
      this,
    )
    const { bucket } = assets
    const uplinkSecretArn = declareCloudSecret(
      'central-uplink',
      { value: deployment.uplinkToken, key, tags: withRole(args.tags, 'ingest') },
      this,
    )
    const balancerGroup = declareFrontDoorGroup(args, network, this)
    const securityGroup = declareIngestGroup(args, network, balancerGroup, this)
    const database = declareDatabase(args, network, securityGroup, { key, protect }, this)
    this.finalSnapshot = database.finalSnapshot
    const { broker } = args
    const leafDoor = broker ? declareLeafDoor(tags, broker.siteAddresses, network, this) : null
    const doors = [balancerGroup, ...(leafDoor ? [leafDoor] : [])]
    const frontDoor = declareFrontDoor(args, network, doors, zoneId, this)
    const { natsImage, uplinkToken } = deployment
    const behindDoor = { network, frontDoor, balancerGroup, ingestGroup: securityGroup }
    const ofHub = { ...behindDoor, uplinkToken, key, image: natsImage, protect }
    const hub = broker ? declareHub(args, broker, ofHub, this) : null
    const ofIngest = { network, securityGroup, database, frontDoor, uplinkSecretArn, key, image, hub }
    declareIngest(args, ofIngest, this)
    const alertsArn = declareWatch(args, { frontDoor, database, hub }, this)
    const copy =
      copyRegion === null
        ? null
        : {
            bucket: declareBucketCopy(assets, { archive, key, protect, region: copyRegion, tags }, this),
            region: copyRegion,
          }
    this.cdnDomain = args.cdn ? declareCdn({ bucket: assets, copy }, tags, this) : null

    const places = network.subnetIds.flatMap((subnetId, i) => {
      const availabilityZone = network.zones[i]
      return availabilityZone === undefined ? [] : [{ subnetId, availabilityZone }]
    })
    const [place, otherZone] = places
    if (place === undefined || otherZone === undefined) throw new Error('the network has no two subnets')
    this.site = {
      region: args.region,
      vpcId: network.vpcId,
      ...place,
      otherZone,
      zoneId,
      uplinkSecretArn,
      bucketName: bucket.bucket,
      bucketArn: bucket.arn,
      alertsArn,
      leafDoorId: leafDoor?.id ?? null,
      key,
    }
    this.registerOutputs({ cdnDomain: this.cdnDomain, databaseHost: database.host })
  }
}
