// The PoP's pod on k3s: one container under the restricted Pod Security Standard, its queue on a claimed volume.
import { createHash } from 'node:crypto'
import type { input } from '@pulumi/kubernetes/types/index.js'
import { NATS_PASSWORD_VARIABLE } from '../../runtime/nats/server-config.ts'
import { PATHS, PORTS } from '../../runtime/ports.ts'
import {
  CLOSE_GRACE_S,
  POD_SECURITY,
  QUEUE_KEY_DIR,
  QUEUE_KEY_FILE,
  RESTRICTED,
  TLS_DIR,
  UPLINK_TOKEN_VARIABLE,
} from '../container.ts'
import { leafContainer, natsPasswordVariable, type PodLeaf } from './pod-leaf.ts'
import { ORIGINALS_DIR } from './pop-json.ts'
import { byteQuantity, cpuQuantity } from './quantity.ts'
import type { K3sPopArgs } from './venue-pop-args.ts'

export interface Pod {
  image: string
  popJson: string
  pop: K3sPopArgs
  labels: Record<string, string>
  priorityClass: string
  /** As pop.json has it. */
  drainDeadlineS: number
  /** Names of the ConfigMap with pop.json, of the Secret with the token, and of the claim for the data folder. */
  configMap: string
  secret: string
  claim: string
  /** Of the Secret with the key of the queue; null where it is not encrypted. */
  queueKey: string | null
  /** Of the Secret with the certificate; null where the PoP speaks plain HTTP. */
  certificate: string | null
  /** What joins the PoP with others; null: it is a room of its own. */
  leaf: PodLeaf | null
}

/** Name of the Secret with the certificate. */
export const CERTIFICATE_SECRET = 'certificate'
/** Names of the Secrets, which people make themselves where they deploy by manifests. */
export const UPLINK_SECRET = 'uplink'
export const QUEUE_KEY_SECRET = 'queue-key'

/** Keys of the ConfigMap and of the Secrets. */
export const CONFIG_KEY = 'pop.json'
export const TOKEN_KEY = 'token'
export const QUEUE_KEY_KEY = 'key'

/** Where the Secret is mounted for the container that copies it. */
const QUEUE_KEY_SECRET_DIR = '/run/secrets/queue-key'
/**
 * Kubernetes makes files of a Secret readable by the pod's group (fsGroup), which the PoP refuses: they are copied
 * into memory, for the container's user alone. Also when the pod starts its containers again.
 */
const COPY_QUEUE_KEY =
  'const [, from, to] = process.argv; fs.rmSync(to, { force: true }); fs.writeFileSync(to, fs.readFileSync(from), { mode: 0o400 })'

/** Share of the box that the PoP may use; the rest is for k3s itself and the page cache of the queue's disk. */
const POP_SHARE = 0.75

/**
 * A node that the cluster's control plane has lost goes on serving its hall, and when it is back its pod is not to be
 * moved: without these, Kubernetes evicts it after five minutes, which is an outage made of an outage.
 */
const STAYS_ON_LOST_NODES: input.core.v1.Toleration[] = ['not-ready', 'unreachable'].map((condition) => ({
  key: `node.kubernetes.io/${condition}`,
  operator: 'Exists',
  effect: 'NoExecute',
}))

/** PoPs of an event that share a cluster are on different nodes where there are several. */
function apartFromOtherVenues(labels: Record<string, string>): input.core.v1.PodAntiAffinity {
  const podAffinityTerm = {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: labelled(labels, 'app.kubernetes.io/name') },
    // Each venue has a namespace of its own.
    namespaceSelector: { matchLabels: labelled(labels, 'micropop/event') },
  }
  return { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] }
}

function labelled(labels: Record<string, string>, key: string): Record<string, string> {
  return { [key]: labels[key] ?? '' }
}

/** The pod template of the StatefulSet. */
export function podTemplate({
  image,
  popJson,
  pop,
  labels,
  priorityClass,
  drainDeadlineS,
  configMap,
  secret,
  claim,
  queueKey,
  certificate,
  leaf,
}: Pod): input.core.v1.PodTemplateSpec {
  const data = { name: claim, mountPath: PATHS.popData }
  const health = { httpGet: { path: PATHS.health, port: 'admin' } }
  return {
    metadata: {
      labels,
      // A running container never sees a changed ConfigMap mounted by subPath: a changed hash is a new pod.
      annotations: {
        'micropop/pop-json-sha256': sha256(popJson),
        ...(leaf && { 'micropop/leaf-conf-sha256': sha256(leaf.config) }),
      },
    },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: drainDeadlineS + CLOSE_GRACE_S,
      priorityClassName: priorityClass,
      affinity: { podAntiAffinity: apartFromOtherVenues(labels) },
      tolerations: STAYS_ON_LOST_NODES,
      securityContext: POD_SECURITY,
      initContainers: [
        {
          name: 'folders',
          image,
          // The image has Node and need not have a shell.
          command: ['node', '-e', 'fs.mkdirSync(process.argv[1], { recursive: true })', ORIGINALS_DIR],
          securityContext: RESTRICTED,
          volumeMounts: [data],
        },
        ...(queueKey === null ? [] : [copyQueueKey(image)]),
        ...(leaf === null ? [] : [leafContainer(leaf, 'config', RESTRICTED)]),
      ],
      containers: [
        {
          name: 'pop',
          image,
          args: ['pop'],
          env: [
            { name: UPLINK_TOKEN_VARIABLE, valueFrom: { secretKeyRef: { name: secret, key: TOKEN_KEY } } },
            ...(leaf === null ? [] : [natsPasswordVariable(NATS_PASSWORD_VARIABLE)]),
          ],
          ports: [
            { name: 'sessions', containerPort: PORTS.pop },
            { name: 'admin', containerPort: PORTS.popAdmin },
          ],
          // Replaying a full queue takes a while: the other probes wait for this one.
          startupProbe: { ...health, periodSeconds: 2, failureThreshold: 60 },
          readinessProbe: { ...health, periodSeconds: 5, failureThreshold: 2 },
          livenessProbe: { ...health, periodSeconds: 10, failureThreshold: 6 },
          resources: resources(pop),
          securityContext: RESTRICTED,
          volumeMounts: [
            data,
            { name: 'config', mountPath: PATHS.popConfig, subPath: CONFIG_KEY, readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
            ...(queueKey === null ? [] : [{ name: 'key', mountPath: QUEUE_KEY_DIR, readOnly: true }]),
            // The folder, not files of it: those would not follow the Secret.
            ...(certificate === null ? [] : [{ name: 'tls', mountPath: TLS_DIR, readOnly: true }]),
          ],
        },
      ],
      volumes: [
        { name: 'config', configMap: { name: configMap } },
        { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
        ...(queueKey === null
          ? []
          : [
              { name: 'queue-key', secret: { secretName: queueKey } },
              { name: 'key', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
            ]),
        ...(certificate === null
          ? []
          : [{ name: 'tls', secret: { secretName: certificate, defaultMode: 0o440 } }]),
      ],
    },
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function copyQueueKey(image: string): input.core.v1.Container {
  return {
    name: 'queue-key',
    image,
    command: ['node', '-e', COPY_QUEUE_KEY, `${QUEUE_KEY_SECRET_DIR}/${QUEUE_KEY_KEY}`, QUEUE_KEY_FILE],
    securityContext: RESTRICTED,
    volumeMounts: [
      { name: 'queue-key', mountPath: QUEUE_KEY_SECRET_DIR, readOnly: true },
      { name: 'key', mountPath: QUEUE_KEY_DIR },
    ],
  }
}

/** Memory is capped, CPU is not: nothing else on the box deserves it more than the show. */
function resources({ cores, memoryBytes }: K3sPopArgs): input.core.v1.ResourceRequirements {
  const memory = byteQuantity(Math.floor(memoryBytes * POP_SHARE))
  return { requests: { cpu: cpuQuantity(cores * POP_SHARE), memory }, limits: { memory } }
}
