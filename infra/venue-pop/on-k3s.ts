// A PoP on the k3s box of a venue: its cluster's provider, a namespace, and one pod with a claimed volume.
import { StatefulSet } from '@pulumi/kubernetes/apps/v1/statefulSet.js'
import { ConfigMap } from '@pulumi/kubernetes/core/v1/configMap.js'
import { Namespace } from '@pulumi/kubernetes/core/v1/namespace.js'
import { Secret } from '@pulumi/kubernetes/core/v1/secret.js'
import { Service } from '@pulumi/kubernetes/core/v1/service.js'
import { NetworkPolicy } from '@pulumi/kubernetes/networking/v1/networkPolicy.js'
import { PodDisruptionBudget } from '@pulumi/kubernetes/policy/v1/podDisruptionBudget.js'
import { Provider } from '@pulumi/kubernetes/provider.js'
import type { Resource } from '@pulumi/pulumi'
import { PORTS } from '../../runtime/ports.ts'
import { eventNamespace } from '../names.ts'
import { costLabels } from '../tags.ts'
import { CERTIFICATE_SECRET, CONFIG_KEY, podTemplate, QUEUE_KEY_KEY, TOKEN_KEY } from './pod.ts'
import { compilePopConfig, deployedPlace, popJson } from './pop-json.ts'
import { podTraffic } from './security-rules.ts'
import type { VenueSite } from './site.ts'
import type { K3sPopArgs, VenuePopArgs } from './venue-pop-args.ts'

/** The rest is for images, and so that a full queue is refused by its own bound and not by the disk. */
const QUEUE_SHARE_OF_CLAIM = 0.8

/** Declares the pod and what it needs as children of `parent`, on the venue's own cluster. */
export function declareOnK3s(args: VenuePopArgs, pop: K3sPopArgs, site: VenueSite, parent: Resource): void {
  const { venue } = args
  const name = `${venue}-pop`
  const selector = { 'app.kubernetes.io/name': 'micropop-pop', 'app.kubernetes.io/instance': venue }
  const labels = { ...selector, 'app.kubernetes.io/managed-by': 'pulumi', ...costLabels(args.tags) }

  const provider = new Provider(`${venue}-cluster`, { kubeconfig: site.kubeconfig }, { parent })
  const opts = { parent, provider }

  const namespace = new Namespace(
    name,
    {
      metadata: {
        name: eventNamespace(args.event),
        labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    },
    opts,
  )
  const metadata = (of: string) => ({ name: of, namespace: namespace.metadata.name, labels })

  const config = popJson(compilePopConfig(args, deployedPlace(args)))
  const configMap = new ConfigMap(
    name,
    { metadata: metadata('pop-json'), data: { [CONFIG_KEY]: config } },
    opts,
  )
  const secret = new Secret(
    name,
    { metadata: metadata('uplink'), stringData: { [TOKEN_KEY]: site.uplinkToken } },
    opts,
  )
  const queueKey = pop.encryptQueue
    ? new Secret(
        `${name}-queue-key`,
        { metadata: metadata('queue-key'), stringData: { [QUEUE_KEY_KEY]: site.queueKey } },
        opts,
      )
    : null
  const { chain, key } = site.certificate
  // A renewed one is seen by the running pod: its mount follows the Secret.
  const certificate = pop.https
    ? new Secret(
        `${name}-certificate`,
        {
          metadata: metadata(CERTIFICATE_SECRET),
          type: 'kubernetes.io/tls',
          stringData: { 'tls.crt': chain, 'tls.key': key },
        },
        opts,
      )
    : null
  const traffic = new NetworkPolicy(
    name,
    { metadata: metadata('pop'), spec: { podSelector: { matchLabels: selector }, ...podTraffic() } },
    opts,
  )
  // k3s answers a LoadBalancer on the box's own address. The policy keeps the client's address for rate limits.
  new Service(
    name,
    {
      metadata: metadata('pop'),
      spec: {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        selector,
        ports: [{ name: 'sessions', port: pop.https ? PORTS.popSecure : PORTS.pop, targetPort: 'sessions' }],
      },
    },
    opts,
  )
  const claim = 'data'
  const template = podTemplate({
    image: site.image,
    popJson: config,
    pop,
    labels,
    configMap: 'pop-json',
    secret: 'uplink',
    queueKey: queueKey && 'queue-key',
    certificate: certificate && CERTIFICATE_SECRET,
    claim,
  })
  new StatefulSet(
    name,
    {
      metadata: metadata('pop'),
      spec: {
        // By name and not by output: the Service waits for ready pods, so the pods must not wait for it.
        serviceName: 'pop',
        replicas: 1,
        selector: { matchLabels: selector },
        template,
        volumeClaimTemplates: [
          {
            // Without the cost labels: Kubernetes lets nobody change a claim template, and sponsors do change.
            metadata: { name: claim, labels: selector },
            spec: {
              accessModes: ['ReadWriteOnce'],
              resources: { requests: { storage: String(Math.ceil(pop.queueBytes / QUEUE_SHARE_OF_CLAIM)) } },
            },
          },
        ],
        // What was acknowledged on this disk outlives the pod, and the StatefulSet too.
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      },
    },
    {
      ...opts,
      dependsOn: [configMap, secret, ...[queueKey, certificate].filter((each) => each !== null), traffic],
    },
  )
  // One pod is all there is: draining its node in mid-show has to be a decision, never a side effect.
  new PodDisruptionBudget(
    name,
    { metadata: metadata('pop'), spec: { minAvailable: 1, selector: { matchLabels: selector } } },
    opts,
  )
}
