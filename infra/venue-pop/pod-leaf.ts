// The leaf node beside a PoP on Kubernetes: a sidecar of its pod, which starts before the PoP and ends after it.
import type { input } from '@pulumi/kubernetes/types/index.js'
import { NATS_PORTS, PATHS } from '../../runtime/ports.ts'
import { hubLeafUrl, leafAddresses, NATS_COMMAND } from '../broker.ts'

export interface PodLeaf {
  image: string
  venue: string
  /** Central's name, where the hub is reached. */
  hubHost: string
  /** Of its configuration. */
  config: string
}

/** Key of the configuration in the PoP's ConfigMap. */
export const LEAF_CONFIG_KEY = 'leaf.conf'
/** Name of the Secret, and its key, with the password of the PoP at the hub and at its own leaf node. */
export const NATS_SECRET = 'nats'
export const NATS_PASSWORD_KEY = 'password'

const CONFIG_FILE = '/etc/nats/leaf.conf'
const MONITOR = 'nats-monitor'

export function natsPasswordVariable(name: string): input.core.v1.EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: NATS_SECRET, key: NATS_PASSWORD_KEY } } }
}

/** @param config name of the pod's volume with its configuration. */
export function leafContainer(
  { image, venue, hubHost }: PodLeaf,
  config: string,
  securityContext: input.core.v1.SecurityContext,
): input.core.v1.Container {
  const health = { httpGet: { path: PATHS.health, port: MONITOR } }
  // The kubelet asks at the pod's address; the network policy lets nobody else.
  const addresses = Object.entries(leafAddresses(venue, '0.0.0.0'))
  return {
    name: 'leaf',
    image,
    // A container of this kind runs beside the others, from before their start until after their end.
    restartPolicy: 'Always',
    command: [NATS_COMMAND, '-c', CONFIG_FILE],
    env: [
      ...addresses.map(([name, value]) => ({ name, value })),
      natsPasswordVariable('POP_PASSWORD'),
      { name: 'HUB_LEAF_URL', value: hubLeafUrl(venue, '$(POP_PASSWORD)', hubHost) },
      { name: 'GOMEMLIMIT', value: '200MiB' },
    ],
    ports: [{ name: MONITOR, containerPort: NATS_PORTS.monitor }],
    // It is well without the hub too, which a venue must be able to do without.
    startupProbe: { ...health, periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { ...health, periodSeconds: 10, failureThreshold: 6 },
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    securityContext,
    volumeMounts: [{ name: config, mountPath: CONFIG_FILE, subPath: LEAF_CONFIG_KEY, readOnly: true }],
  }
}
