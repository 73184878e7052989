// Where a PoP is put: what the rest of the deployment hands to it. Outputs, so not part of its registered inputs.
import type { Output } from '@pulumi/pulumi'
import type { Place } from '../../runtime/errors.ts'
import type { Architecture } from '../catalog/catalog.ts'
import type { EncryptionKey } from '../encryption-key.ts'

/** What central services offer to PoPs. */
export interface CentralSite {
  region: string
  vpcId: Output<string>
  /** Public subnet for PoPs beside the central services. */
  subnetId: Output<string>
  /** Of that subnet: a volume serves only machines of its own zone. */
  availabilityZone: Output<string>
  /** The same of another zone, for the second machine of a PoP. */
  otherZone: { subnetId: Output<string>; availabilityZone: Output<string> }
  zoneId: Output<string>
  uplinkSecretArn: Output<string>
  bucketName: Output<string>
  bucketArn: Output<string>
  /** Topic that alarms write to; null: nobody is to be told. */
  alertsArn: Output<string> | null
  /** Security group that says which PoPs' leaf nodes reach the hub; null: there is none. */
  leafDoorId: Output<string> | null
  /** What data is encrypted with; null: with AWS's own keys. */
  key: EncryptionKey | null
}

export interface VenueSite {
  central: CentralSite
  image: string
  /** Of nats-server. Read only where the PoPs are one broker. */
  natsImage: string
  /** Id of a machine image for an architecture; null: the newest Amazon Linux. */
  machineImage: (architecture: Architecture) => string | null
  /** An existing subnet for the PoP's machine; null: central's, or one of its own. */
  subnetId: string | null
  /** Of the venue in the event file, for what only AWS can say of it. */
  place: Place
  uplinkToken: Output<string>
  /** Whether volumes with data refuse to be destroyed. */
  protect: boolean
  /** Read only where the queue is encrypted. */
  queueKey: Output<string>
  /** PEM. Read only where the PoP speaks HTTPS. */
  certificate: { chain: Output<string>; key: Output<string> }
  /** Of the venue's own cluster. Read only for k3s. */
  kubeconfig: Output<string>
  /** Read only for k3s: whether nobody waits for its pod to run. */
  skipAwait: boolean
}
