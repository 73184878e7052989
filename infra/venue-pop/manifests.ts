// The Kubernetes objects of a venue as manifests, for who applies them by GitOps: what a deployment makes, but for secrets.
import { stringify } from 'yaml'
import { InvalidInput } from '../../runtime/errors.ts'
import type { EventSpec, K3sPop, Venue } from '../event/event.ts'
import { COMPONENT, type ResourceGraph } from '../graph.ts'
import { venueNamespace } from '../names.ts'
import { CERTIFICATE_SECRET, QUEUE_KEY_KEY, QUEUE_KEY_SECRET, TOKEN_KEY, UPLINK_SECRET } from './pod.ts'
import { NATS_PASSWORD_KEY, NATS_SECRET } from './pod-leaf.ts'

/** In this order, so that whoever applies one after the other finds what an object needs. */
const KINDS = [
  ...['Namespace', 'PriorityClass', 'StorageClass', 'PersistentVolume', 'ConfigMap', 'NetworkPolicy'],
  ...['Service', 'Ingress', 'StatefulSet', 'PodDisruptionBudget'],
]

/** Values that are nobody's to read, so that no manifest holds them. */
const SECRET_TYPE = 'kubernetes:core/v1:Secret'

export interface Manifests {
  venue: string
  /** A comment with what has to be done first, and a YAML document an object. */
  text: string
}

/**
 * The manifests of one venue, or of every venue on Kubernetes, from the event's resource graph.
 *
 * @throws {InvalidInput} `MP_VENUE_UNKNOWN`; `MP_NOT_ON_KUBERNETES` where the venue, or every venue, is elsewhere.
 */
export function renderManifests(spec: EventSpec, graph: ResourceGraph, venue?: string): Manifests[] {
  return chosen(spec, venue).map(({ name, pop }) => {
    const objects = objectsOf(graph, name)
    const documents = objects.map((object) =>
      stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 }),
    )
    return { venue: name, text: [preface(spec, name, pop as K3sPop), ...documents].join('---\n') }
  })
}

function chosen(spec: EventSpec, name: string | undefined): Venue[] {
  const onCluster = spec.venues.filter(({ pop }) => pop.platform === 'k3s')
  const named = name === undefined ? onCluster : spec.venues.filter((venue) => venue.name === name)
  const names = (venues: Venue[]) => venues.map((venue) => venue.name).join(', ')
  if (name !== undefined && named.length === 0) {
    throw new InvalidInput(
      'MP_VENUE_UNKNOWN',
      `event ${spec.name} has no venue ${name}`,
      `Name one of its venues: ${names(spec.venues)}.`,
      { file: spec.file },
    )
  }
  const elsewhere = named.find((venue) => !onCluster.includes(venue))
  if (named.length === 0 || elsewhere !== undefined) {
    const what = elsewhere ? `the PoP of venue ${elsewhere.name}` : `every PoP of event ${spec.name}`
    const others = onCluster.length === 0 ? '' : `Name ${names(onCluster)}. `
    throw new InvalidInput(
      'MP_NOT_ON_KUBERNETES',
      `${what} is a machine in the region, which has no manifests`,
      `${others}\`micropop check\` lists what is made for it.`,
      { file: spec.file, ...(elsewhere && { line: elsewhere.line }) },
    )
  }
  return named
}

interface KubernetesObject extends Record<string, unknown> {
  kind: string
  metadata: Record<string, unknown> & { annotations?: Record<string, string> }
}

/** Annotations that tell Pulumi's provider how to deploy are nobody else's business. */
const ENGINE_ANNOTATION = 'pulumi.com/'

function objectsOf({ resources }: ResourceGraph, venue: string): KubernetesObject[] {
  const component = resources.find(({ type, name }) => type === COMPONENT.venuePop && name === venue)
  return resources
    .filter(({ type, parent }) => parent === component?.urn && type.startsWith('kubernetes:'))
    .filter(({ type }) => type !== SECRET_TYPE)
    .map(({ inputs }) => withoutEngine(inputs as KubernetesObject))
    .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
}

function withoutEngine(object: KubernetesObject): KubernetesObject {
  const { annotations = {}, ...metadata } = object.metadata
  const kept = Object.entries(annotations).filter(([key]) => !key.startsWith(ENGINE_ANNOTATION))
  return {
    ...object,
    metadata: { ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }), ...metadata },
  }
}

function preface(spec: EventSpec, venue: string, pop: K3sPop): string {
  const namespace = venueNamespace({ event: spec.name, venue })
  const secret = (name: string, key: string) =>
    `kubectl create secret generic ${name} --namespace ${namespace} --from-file=${key}=/dev/stdin < FILE`
  const tls = (name: string) =>
    `  kubectl create secret tls ${name} --namespace ${namespace} --cert=FILE --key=FILE`
  const lines = [
    `Venue ${venue} of event ${spec.name}, by \`micropop manifests\`. Apply with \`kubectl apply --server-side\`.`,
    'Secrets are not in here. Make them first, with their namespace, from files that are nowhere else:',
    '',
    `  kubectl create namespace ${namespace}`,
    `  ${secret(UPLINK_SECRET, TOKEN_KEY)}   # the token that central has`,
    ...(pop.encryptQueue
      ? [`  ${secret(QUEUE_KEY_SECRET, QUEUE_KEY_KEY)}   # 64 hexadecimal digits: openssl rand -hex 32`]
      : []),
    ...(spec.central.broker
      ? [
          `  ${secret(NATS_SECRET, NATS_PASSWORD_KEY)}   # its password at the hub: p, and then what this prints:`,
          `  printf 'nats ${spec.name} ${venue}' | openssl dgst -sha256 -hmac "$(cat TOKEN_FILE)" -r | cut -c 1-64`,
        ]
      : []),
    ...(pop.ingress ? [tls(pop.ingress.tlsSecret)] : []),
    ...(pop.https ? [tls(CERTIFICATE_SECRET)] : []),
  ]
  return `${lines.map((line) => `# ${line}`.trimEnd()).join('\n')}\n`
}
