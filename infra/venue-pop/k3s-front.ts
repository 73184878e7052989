// How sessions reach a PoP on Kubernetes: a LoadBalancer with the PoP's own port, or the cluster's ingress over HTTPS.
import { Service } from '@pulumi/kubernetes/core/v1/service.js'
import { Ingress } from '@pulumi/kubernetes/networking/v1/ingress.js'
import type { input } from '@pulumi/kubernetes/types/index.js'
import type { CustomResourceOptions } from '@pulumi/pulumi'
import { PORTS } from '../../runtime/ports.ts'
import type { PopIngress } from '../event/event.ts'

interface Front {
  /** Of the component's children. */
  name: string
  /** Of the Service, and of the Ingress before it. */
  metadata: input.meta.v1.ObjectMeta
  service: string
  selector: Record<string, string>
  /** The name that attendees come to. */
  host: string
  /** True where the PoP ends TLS itself; then no ingress is before it. */
  https: boolean
  ingress: PopIngress | null
}

const SESSIONS = 'sessions'

export function declareFront(front: Front, opts: CustomResourceOptions): void {
  const { name, metadata, service, selector, host, https, ingress } = front
  const ports = [{ name: SESSIONS, port: https ? PORTS.popSecure : PORTS.pop, targetPort: SESSIONS }]
  if (ingress === null) {
    // k3s answers a LoadBalancer on the box's own address. The policy keeps the client's address for rate limits.
    const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', selector, ports }
    new Service(name, { metadata, spec }, opts)
    return
  }
  new Service(name, { metadata, spec: { type: 'ClusterIP', selector, ports } }, opts)
  const backend = { service: { name: service, port: { name: SESSIONS } } }
  new Ingress(
    name,
    {
      metadata,
      spec: {
        ...(ingress.className !== null && { ingressClassName: ingress.className }),
        tls: [{ hosts: [host], secretName: ingress.tlsSecret }],
        rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      },
    },
    opts,
  )
}
