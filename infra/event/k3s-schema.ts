// The format of what a k3s PoP may say of its cluster: where its queue lies, and what stands in front of it.
import * as z from 'zod'
import { DEFAULT_K3S } from './defaults.ts'
import { expected, section } from './fields.ts'
import { quote } from './quote.ts'

/** A name of an object in Kubernetes (RFC 1123), which a person gave there. */
function objectName(what: string, example: string) {
  return z
    .string({ error: expected(what, example) })
    .max(253, { error: ({ input }) => `has ${String(input).length} characters; write at most 253` })
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, {
      error: ({ input }) =>
        `${quote(String(input))} is no name in Kubernetes: it takes a to z, 0 to 9, "-" and "." between them; write ${what}, such as ${example}`,
    })
    .meta({ examples: [example] })
}

/** An absolute path of a folder of its own, with nothing that a shell or a mount would read otherwise. */
const folder = z
  .string({ error: expected('an absolute path', DEFAULT_K3S.folder) })
  .regex(/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){2,16}$/, {
    error: ({ input }) =>
      `${quote(String(input))} is not the absolute path of a folder inside another; write such as ${DEFAULT_K3S.folder}`,
  })

const ingress = section('an ingress', {
  tlsSecret: objectName('the name of a Secret with a certificate', DEFAULT_K3S.ingress.tlsSecret)
    .default(DEFAULT_K3S.ingress.tlsSecret)
    .describe(
      'Secret of type kubernetes.io/tls in the namespace of the PoP, which `kubectl create secret tls` makes.',
    ),
  className: objectName('the name of an IngressClass', 'traefik')
    .optional()
    .describe("Without it, the cluster's default class: Traefik on k3s."),
  namespace: objectName('the namespace of the ingress controller', DEFAULT_K3S.ingress.namespace)
    .default(DEFAULT_K3S.ingress.namespace)
    .describe('Where the ingress controller runs: its pods alone may reach the PoP.'),
  podNetwork: z
    .cidrv4({
      error: expected("the address range of the cluster's pods", DEFAULT_K3S.ingress.podNetwork),
    })
    .default(DEFAULT_K3S.ingress.podNetwork)
    .describe('Addresses of pods: from those the PoP believes who the client is (X-Forwarded-For).'),
})

/** Keys of a k3s PoP. */
export const onCluster = {
  node: objectName('the name of a node', 'box-1')
    .optional()
    .describe('Node that the PoP is held on, with its queue in `folder`; `kubectl get nodes` lists them.'),
  folder: folder
    .optional()
    .describe(
      `Folder of the queue on \`node\`, made beforehand for user 10001; ${DEFAULT_K3S.folder} without it.`,
    ),
  storageClass: objectName('the name of a StorageClass', 'local-path')
    .optional()
    .describe(
      "Class of the queue's volume. Without it and without `node` one of its own is made on k3s's local-path, which keeps the data when the claim goes.",
    ),
  ingress: ingress
    .optional()
    .describe(
      'Sessions come in over HTTPS at the ingress controller; without it at a LoadBalancer, port 7070.',
    ),
}
