// What a deployment adds to the event: an image, secrets, cluster addresses, a network that is there already.
import { type Output, secret } from '@pulumi/pulumi'
import { NATS_IMAGE } from './broker.ts'
import type { Architecture } from './catalog/catalog.ts'
import type { StackPart } from './configured-part.ts'
import { UNSET_IMAGE } from './image.ts'

/** A VPC with public subnets in two zones or more. */
export interface ExistingNetwork {
  vpcId: string
  subnetIds: readonly string[]
}

export interface Deployment {
  /** Container image of micropop that PoPs and central run. */
  image: string
  /** Of nats-server, for an event whose PoPs are one broker. */
  natsImage: string
  /** Id of a machine image of ours for an architecture; null: the newest Amazon Linux. */
  machineImage: (architecture: Architecture) => string | null
  /** Shared secret of the uplink. */
  uplinkToken: Output<string>
  /** By venue, for those whose queue is encrypted: 64 hexadecimal digits. */
  queueKey: (venue: string) => Output<string>
  /** By venue, for those that speak HTTPS: PEM. */
  certificate: (venue: string) => { chain: Output<string>; key: Output<string> }
  /** By venue, for those on k3s. */
  kubeconfig: (venue: string) => Output<string>
  /** What of the event is this stack's; null: all of it. */
  part: StackPart | null
  /** null: the event has a network of its own. */
  network: ExistingNetwork | null
  /** Id of an existing subnet for a venue's PoP in the cloud; null: central's, or one of its own. */
  venueSubnet: (venue: string) => string | null
  /** ARN of an existing KMS key for the event's data; null: the event's file decides. */
  kmsKeyArn: string | null
  /** Whose PoP answers under a venue's name by an operator's order; null: its own. */
  swap: (venue: string) => string | null
  /** Whether what holds data refuses to be destroyed. */
  protect: boolean
  /** Whether Kubernetes' objects count as made once the API server has them, without waiting for pods to run. */
  skipAwait: boolean
}

/**
 * Stand-ins for a recording and for a preview of an event that is not set up yet. They are as secret as the real
 * ones, so that both look the same.
 */
export function unsetDeployment(image = UNSET_IMAGE): Deployment {
  return {
    image,
    natsImage: NATS_IMAGE,
    machineImage: () => null,
    uplinkToken: secret('unset'),
    queueKey: () => secret('unset'),
    certificate: () => ({ chain: secret('unset'), key: secret('unset') }),
    kubeconfig: (venue) => secret(unsetKubeconfig(venue)),
    part: null,
    network: null,
    venueSubnet: () => null,
    kmsKeyArn: null,
    protect: true,
    skipAwait: false,
    swap: () => null,
  }
}

/**
 * A kubeconfig that no cluster answers: a preview accepts it, and a deployment that got this far fails at once
 * with the venue's name in the message. `.invalid` never resolves (RFC 2606).
 */
export function unsetKubeconfig(venue: string): string {
  const name = 'unset'
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: `https://kubeconfig-${venue}.invalid` } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
}
