// Who may talk to a PoP and whom it may call, on either platform, from the ports the runtime listens on.
import type { input } from '@pulumi/kubernetes/types/index.js'
import { NATS_PORTS, PORTS } from '../../runtime/ports.ts'
import type { PopIngress } from '../event/event.ts'
import { FOREIGN_PORTS } from '../foreign-ports.ts'

export interface SecurityRule {
  description: string
  protocol: 'tcp'
  fromPort: number
  toPort: number
  cidrBlocks?: string[]
  /** Machines of the same group. */
  self?: boolean
}

const ANYWHERE = '0.0.0.0/0'

function tcp(port: number, description: string): SecurityRule {
  return { description, protocol: 'tcp', fromPort: port, toPort: port, cidrBlocks: [ANYWHERE] }
}

/** Sessions, from anywhere. Neither SSH nor the admin port is reachable at all. */
export function popIngress(https: boolean): SecurityRule[] {
  return [tcp(https ? PORTS.popSecure : PORTS.pop, 'Attendee sessions, pages and images')]
}

/** The uplink to central, the container image, and AWS's own services: all HTTPS; and the hub. */
export function popEgress(broker: boolean): SecurityRule[] {
  const https = tcp(FOREIGN_PORTS.https, 'Uplink to central, container image, AWS services')
  return broker ? [https, tcp(NATS_PORTS.leaf, 'Hub that joins the PoPs')] : [https]
}

/** The log of a PoP, for the second machine of the same group; the same rule lets that one out. */
export function replicaTraffic(): SecurityRule {
  const { replica } = PORTS
  return { description: 'Log of the PoP', protocol: 'tcp', fromPort: replica, toPort: replica, self: true }
}

/**
 * The same rules as a Kubernetes NetworkPolicy; the kubelet's probes reach a pod whatever the policy says. Behind an
 * ingress, sessions come from its controller alone.
 */
export function podTraffic(
  ingress: PopIngress | null,
  broker: boolean,
): Omit<input.networking.v1.NetworkPolicySpec, 'podSelector'> {
  const { https } = FOREIGN_PORTS
  return {
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        ports: [{ protocol: 'TCP', port: PORTS.pop }],
        ...(ingress && {
          from: [
            { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ingress.namespace } } },
          ],
        }),
      },
    ],
    egress: [
      {
        ports: [
          { protocol: 'TCP', port: https },
          ...(broker ? [{ protocol: 'TCP', port: NATS_PORTS.leaf }] : []),
        ],
      },
      namesOut(),
    ],
  }
}

/** Names are asked for over either. */
export function namesOut(): input.networking.v1.NetworkPolicyEgressRule {
  const { dns } = FOREIGN_PORTS
  return {
    ports: [
      { protocol: 'UDP', port: dns },
      { protocol: 'TCP', port: dns },
    ],
  }
}
