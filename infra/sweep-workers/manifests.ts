// Workers of simulations on Kubernetes: a Job whose pods take days from NATS until there are none, as manifests.
import { stringify } from 'yaml'
import { POD_SECURITY, RESTRICTED } from '../container.ts'
import { namesOut } from '../venue-pop/security-rules.ts'

export interface SweepWorkers {
  image: string
  /** Pods, with a thread each. */
  workers: number
  /** Of the NATS server. */
  port: number
}

export const NAMESPACE = 'micropop-workers'
/** Names of Secrets, which people make themselves: environment variables, and files that those name. */
export const NATS_SECRET = 'nats'
export const NATS_FILES_SECRET = 'nats-files'
const FILES_DIR = '/run/secrets/nats'

const NAME = 'sweep-workers'
/** A pod ends after so long without work; a sweep that is still to be started has that long. */
const IDLE_S = 600
/** A worker that loses its server ends and is started anew, with a growing pause: so often for each. */
const RESTARTS_EACH = 3
/** A sweep lasts as long at most. */
const DEADLINE_S = 86_400
/** The Job with its pods and their logs is kept for so long when it is done. */
const KEPT_S = 3_600
/** A day of 2,000 attendees takes half of it. */
const MEMORY = '1Gi'

/** YAML, a document an object, in the order in which each finds what it needs; a comment says what to do first. */
export function renderSweepWorkers(of: SweepWorkers): string {
  const documents = objects(of).map((object) =>
    stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 }),
  )
  return [preface(of), ...documents].join('---\n')
}

function objects({ image, workers, port }: SweepWorkers): object[] {
  const labels = { 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/part-of': 'micropop' }
  const metadata = { name: NAME, namespace: NAMESPACE, labels }
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: NAMESPACE,
        labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ['Ingress', 'Egress'],
        egress: [{ ports: [{ protocol: 'TCP', port }] }, namesOut()],
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata,
      spec: {
        // Without `completions` the Job is done when its pods are, which end when there is no work: a work queue.
        parallelism: workers,
        backoffLimit: RESTARTS_EACH * workers,
        activeDeadlineSeconds: DEADLINE_S,
        ttlSecondsAfterFinished: KEPT_S,
        template: { metadata: { labels }, spec: pod(image) },
      },
    },
  ]
}

function pod(image: string): object {
  return {
    restartPolicy: 'OnFailure',
    automountServiceAccountToken: false,
    securityContext: POD_SECURITY,
    containers: [
      {
        name: 'worker',
        image,
        args: ['worker', '--threads', '1', '--idle', String(IDLE_S)],
        envFrom: [{ secretRef: { name: NATS_SECRET } }],
        resources: { requests: { cpu: '1', memory: MEMORY }, limits: { memory: MEMORY } },
        securityContext: RESTRICTED,
        volumeMounts: [
          { name: 'nats-files', mountPath: FILES_DIR, readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'nats-files', secret: { secretName: NATS_FILES_SECRET, optional: true, defaultMode: 0o440 } },
      { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    ],
  }
}

function preface({ workers }: SweepWorkers): string {
  return `# ${workers} workers of simulations, by \`micropop worker manifests\`. Apply with \`kubectl apply --server-side\`.
# They run the code of the image: \`simulate --workers\` has to run the same, on nodes of the same architecture.
# How they come to NATS is not in here. Make it first, with its namespace, from a file that is nowhere else:
#
#   kubectl create namespace ${NAMESPACE}
#   kubectl create secret generic ${NATS_SECRET} --namespace ${NAMESPACE} --from-env-file=FILE
#
# with the line NATS_URL=nats://HOST:4222 or tls://…, and NATS_TOKEN=… where it asks for one. For certificates or
# credentials in files: NATS_CA=${FILES_DIR}/ca.pem, NATS_CREDS=${FILES_DIR}/user.creds,
# or NATS_CERT=${FILES_DIR}/tls.crt with NATS_KEY=${FILES_DIR}/tls.key; then with the files that it names
#
#   kubectl create secret generic ${NATS_FILES_SECRET} --namespace ${NAMESPACE} --from-file=ca.pem --from-file=user.creds …
`
}
