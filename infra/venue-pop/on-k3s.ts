// A PoP on the k3s box of a venue: its cluster's provider, a namespace, and one pod with a claimed volume.
import { StatefulSet } from '@pulumi/kubernetes/apps/v1/statefulSet.js'
import { ConfigMap } from '@pulumi/kubernetes/core/v1/configMap.js'
import { Namespace } from '@pulumi/kubernetes/core/v1/namespace.js'
import { Secret } from '@pulumi/kubernetes/core/v1/secret.js'
import { NetworkPolicy } from '@pulumi/kubernetes/networking/v1/networkPolicy.js'
import { PodDisruptionBudget } from '@pulumi/kubernetes/policy/v1/podDisruptionBudget.js'
import { Provider } from '@pulumi/kubernetes/provider.js'
import { PriorityClass } from '@pulumi/kubernetes/scheduling/v1/priorityClass.js'
import type { Resource } from '@pulumi/pulumi'
import { leafConfig } from '../../runtime/nats/server-config.ts'
import { natsPassword } from '../broker.ts'
import { centralName, popName, venueNamespace } from '../names.ts'
import { costLabels } from '../tags.ts'
import { declareFront } from './k3s-front.ts'
import { declareStorage } from './k3s-storage.ts'
import {
  CERTIFICATE_SECRET,
  CONFIG_KEY,
  podTemplate,
  QUEUE_KEY_KEY,
  QUEUE_KEY_SECRET,
  TOKEN_KEY,
  UPLINK_SECRET,
} from './pod.ts'
import { LEAF_CONFIG_KEY, NATS_PASSWORD_KEY, NATS_SECRET, type PodLeaf } from './pod-leaf.ts'
import { compilePopConfig, deployedPlace, popJson } from './pop-json.ts'
import { podTraffic } from './security-rules.ts'
import type { VenueSite } from './site.ts'
import type { K3sPopArgs, VenuePopArgs } from './venue-pop-args.ts'

const POD = 'pop'
const CLAIM = 'data'

/** Over every other user's pods (which have 0), under those of the system (2 × 10⁹). */
const PRIORITY = 1_000_000

/** Declares the pod and what it needs as children of `parent`, on the venue's own cluster. */
export function declareOnK3s(args: VenuePopArgs, pop: K3sPopArgs, site: VenueSite, parent: Resource): void {
  const { venue } = args
  const name = `${venue}-pop`
  const selector = { 'app.kubernetes.io/name': 'micropop-pop', 'app.kubernetes.io/instance': venue }
  const labels = { ...selector, 'app.kubernetes.io/managed-by': 'pulumi', ...costLabels(args.tags) }

  // Changed in place, for the pod starts anew by itself: to replace what has a fixed name is to delete it first.
  const inPlace = { enableConfigMapMutable: true, enableSecretMutable: true }
  const provider = new Provider(`${venue}-cluster`, { kubeconfig: site.kubeconfig, ...inPlace }, { parent })
  const opts = { parent, provider }
  const clusterName = venueNamespace(args)
  // What someone changed by hand is shown by a refresh, and put right by a deployment, not refused as a conflict.
  const annotations = { 'pulumi.com/patchForce': 'true' }
  /** Of what lies in no namespace. */
  const inCluster = { name: clusterName, labels, annotations }

  const namespace = new Namespace(
    name,
    {
      metadata: {
        ...inCluster,
        labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    },
    opts,
  )
  const metadata = (of: string) => ({ ...inCluster, name: of, namespace: namespace.metadata.name })
  /** Of what the provider waits for until a pod is ready. */
  const awaited = (of: string) => ({
    ...metadata(of),
    ...(site.skipAwait && { annotations: { ...annotations, 'pulumi.com/skipAwait': 'true' } }),
  })

  const popConfig = compilePopConfig(args, deployedPlace(args))
  const config = popJson(popConfig)
  const leaf: PodLeaf | null = args.broker
    ? { image: site.natsImage, venue, hubHost: centralName(args), config: leafConfig({ tls: true }) }
    : null
  const configMap = new ConfigMap(
    name,
    {
      metadata: metadata('pop-json'),
      data: { [CONFIG_KEY]: config, ...(leaf && { [LEAF_CONFIG_KEY]: leaf.config }) },
    },
    opts,
  )
  const secret = new Secret(
    name,
    { metadata: metadata(UPLINK_SECRET), stringData: { [TOKEN_KEY]: site.uplinkToken } },
    opts,
  )
  const queueKey = pop.encryptQueue
    ? new Secret(
        `${name}-queue-key`,
        { metadata: metadata(QUEUE_KEY_SECRET), stringData: { [QUEUE_KEY_KEY]: site.queueKey } },
        opts,
      )
    : null
  const nats = leaf
    ? new Secret(
        `${name}-nats`,
        {
          metadata: metadata(NATS_SECRET),
          stringData: { [NATS_PASSWORD_KEY]: natsPassword(site.uplinkToken, args.event, venue) },
        },
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
    {
      metadata: metadata(POD),
      spec: { podSelector: { matchLabels: selector }, ...podTraffic(pop.ingress, args.broker) },
    },
    opts,
  )
  const front = {
    name,
    metadata: awaited(POD),
    service: POD,
    selector,
    https: pop.https,
    ingress: pop.ingress,
  }
  declareFront({ ...front, host: popName(args) }, opts)
  const storage = declareStorage(
    { pop, name, metadata: inCluster, namespace: clusterName, claim: CLAIM, pod: `${POD}-0`, selector },
    opts,
  )
  // When the box has no room for all, this is what stays.
  const priority = new PriorityClass(
    name,
    {
      metadata: inCluster,
      value: PRIORITY,
      description: `The micro-PoP of ${args.venue} at ${args.event}`,
    },
    opts,
  )
  const template = podTemplate({
    image: site.image,
    popJson: config,
    drainDeadlineS: popConfig.drain.deadlineS,
    pop,
    labels,
    priorityClass: clusterName,
    configMap: 'pop-json',
    secret: UPLINK_SECRET,
    queueKey: queueKey && QUEUE_KEY_SECRET,
    certificate: certificate && CERTIFICATE_SECRET,
    claim: CLAIM,
    leaf,
  })
  new StatefulSet(
    name,
    {
      metadata: awaited(POD),
      spec: {
        // By name and not by output: the Service waits for ready pods, so the pods must not wait for it.
        serviceName: POD,
        replicas: 1,
        selector: { matchLabels: selector },
        template,
        volumeClaimTemplates: [storage.claimTemplate],
        // What was acknowledged on this disk outlives the pod, and the StatefulSet too.
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      },
    },
    {
      ...opts,
      dependsOn: [
        configMap,
        secret,
        ...[queueKey, certificate, nats].filter((each) => each !== null),
        traffic,
        priority,
        ...storage.needs,
      ],
    },
  )
  // One pod is all there is: draining its node in mid-show has to be a decision, never a side effect.
  new PodDisruptionBudget(
    name,
    { metadata: metadata(POD), spec: { minAvailable: 1, selector: { matchLabels: selector } } },
    opts,
  )
}
