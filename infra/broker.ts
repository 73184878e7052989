// What the nats-servers that join an event's PoPs share: the image that they run, and the passwords of their users.
import { createHmac } from 'node:crypto'
import type { Output } from '@pulumi/pulumi'
import type { LeafEnvironment } from '../runtime/nats/server-config.ts'
import { NATS_PORTS } from '../runtime/ports.ts'

/** Of Docker's official images, with the certificates that a leaf node trusts. The version is the one of the tests. */
export const NATS_IMAGE = 'nats:2.15.2-alpine'

/** Of the hub's machine, and of what is its own. */
export const HUB_NAME = 'central-hub'

/** Who starts nats-server in a container, and on what. */
export const NATS_COMMAND = 'nats-server'

/**
 * Password of a user at the hub, or of the PoP at its own leaf node. From the secret that all PoPs share: nothing more to
 * configure, and of no use for anything else. It begins with a letter, since nats-server reads a number as a number.
 */
export function natsPassword(uplinkToken: Output<string>, event: string, user: string): Output<string> {
  return uplinkToken.apply((token) => {
    const digest = createHmac('sha256', token).update(`nats ${event} ${user}`).digest('hex')
    return `p${digest}`
  })
}

/** How a leaf node reaches the hub: TLS, which central's load balancer ends. */
export function hubLeafUrl(venue: string, password: string, hubHost: string): string {
  return `tls://${venue}:${password}@${hubHost}:${NATS_PORTS.leaf}`
}

/** What of a leaf node's environment is no secret. @param monitorHost who may ask whether it is well. */
export function leafAddresses(
  venue: string,
  monitorHost: string,
): Pick<LeafEnvironment, 'LEAF_NAME' | 'LEAF_PORT' | 'LEAF_MONITOR'> {
  return {
    LEAF_NAME: venue,
    LEAF_PORT: String(NATS_PORTS.client),
    LEAF_MONITOR: `${monitorHost}:${NATS_PORTS.monitor}`,
  }
}
