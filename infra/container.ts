// How a micropop container runs, the same on every platform: who it is and what it may do.
import { DEFAULT_DRAIN_DEADLINE_S } from '../runtime/pop-config.ts'

/** User and group of the process in the image; owns the data folder. */
export const CONTAINER_USER = 10_001

/** Of a container, for the restricted Pod Security Standard. */
export const RESTRICTED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}

/** Of a pod, for the same. */
export const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: CONTAINER_USER,
  runAsGroup: CONTAINER_USER,
  fsGroup: CONTAINER_USER,
  seccompProfile: { type: 'RuntimeDefault' },
}

/** Environment variable with the uplink's shared secret, read by PoP and central. */
export const UPLINK_TOKEN_VARIABLE = 'MICROPOP_UPLINK_TOKEN'

/** Where a container finds the key of its queue, in memory; only its own user reads it. */
export const QUEUE_KEY_DIR = '/run/micropop'
export const QUEUE_KEY_FILE = `${QUEUE_KEY_DIR}/queue-key`

/** Where a container finds its certificate and key: two files as Kubernetes has them, or both in one file. */
export const TLS_DIR = '/run/micropop-tls'
export const TLS_BUNDLE_FILE = `${TLS_DIR}/bundle.pem`
export const TLS_FILES = { certFile: `${TLS_DIR}/tls.crt`, keyFile: `${TLS_DIR}/tls.key` } as const

/** Seconds for the rest, after the last session is gone: what the follower lacks, the end of the log. */
export const CLOSE_GRACE_S = 15

/** Seconds after which whatever stops a container kills it: a drain to its deadline, and the rest. Fargate gives 120 at most. */
export const STOP_GRACE_S = DEFAULT_DRAIN_DEADLINE_S + CLOSE_GRACE_S
