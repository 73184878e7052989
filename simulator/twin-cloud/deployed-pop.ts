// What a deployed PoP was given, read from the things of the twin's cloud as its machine reads it: never from the event.
import { gunzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { UPLINK_TOKEN_VARIABLE } from '../../infra/container.ts'
import { LEAF_CONFIG_FILE } from '../../infra/venue-pop/boot-leaf.ts'
import { FOLLOW_UNIT } from '../../infra/venue-pop/boot-standby.ts'
import { LEAF_CONFIG_KEY } from '../../infra/venue-pop/pod-leaf.ts'
import { NATS_PASSWORD_VARIABLE } from '../../runtime/nats/server-config.ts'
import { PATHS } from '../../runtime/ports.ts'
import { AwsError } from './aws-error.ts'
import type { CloudStore, Properties, Thing } from './cloud-store.ts'
import { unwrapped } from './secret-values.ts'

export interface DeployedPop {
  /** Text of pop.json. */
  popJson: string
  uplinkToken: string
  /** Of the queue; null where it is not encrypted. */
  queueKey: string | null
  /** Shared with the machine that follows its log; null: none does. */
  replicaToken: string | null
  /** Leaf node beside it; null: there is none. */
  leaf: DeployedLeaf | null
}

export interface DeployedLeaf {
  /** Text of its configuration. */
  config: string
  /** Of the PoP at it, and at the hub. */
  password: string
}

export interface UserData {
  popJson: string
  /** ARNs of the secrets that the boot script reads, by the name of its variable. */
  secrets: Record<string, string>
  /** Everything that it writes onto the machine. */
  script: string
  /** The volume that the machine attaches to itself; null: none. */
  fetchesVolume: string | null
  /** Configuration of the leaf node beside the PoP; null: there is none. */
  leafConfig: string | null
  /** True where the machine starts no PoP but follows the log of one. */
  follows: boolean
}

/** What stands in the user data of a machine: plain or base64, gzipped or not. null: it starts no PoP. */
export function readUserData(userData: string): UserData | null {
  const { files, runcmd } = readCloudConfig(userData)
  const popJson = files.find(({ path }) => path === PATHS.popConfig)?.content
  if (popJson === undefined) return null
  const script = files.map(({ content }) => content).join('\n')
  const secrets = secretsRead(script)
  const leafConfig = files.find(({ path }) => path === LEAF_CONFIG_FILE)?.content ?? null
  const fetchesVolume = /attach-volume [^\n]*--volume-id (vol-\w+)/.exec(script)?.[1] ?? null
  const follows = runcmd.some((command) => command.includes(FOLLOW_UNIT))
  return { popJson, secrets, script, fetchesVolume, follows, leafConfig }
}

/** The files and commands of user data: none where it is no cloud-config. */
function readCloudConfig(userData: string): {
  files: { path: string; content: string }[]
  runcmd: string[][]
} {
  const text = decoded(userData)
  if (!text.startsWith('#cloud-config')) return { files: [], runcmd: [] }
  const { write_files: files = [], runcmd = [] } = parse(text)
  return { files, runcmd }
}

/** ARNs of the secrets that a script reads, by the name of its variable. */
function secretsRead(script: string): Record<string, string> {
  const reads = script.matchAll(
    /(\w+)=\$\(aws secretsmanager get-secret-value[^)]*?--secret-id (arn:[^\s\\]+)/g,
  )
  return Object.fromEntries([...reads].map(([, variable = '', arn = '']) => [variable, arn]))
}

/** Configuration of the hub whose machine has this user data; null: it is another machine. */
export function hubOfUserData(store: CloudStore, userData: string): string | null {
  const { files } = readCloudConfig(userData)
  const { hub_config: arn } = secretsRead(files.map(({ content }) => content).join('\n'))
  return arn === undefined ? null : secretValue(store, arn)
}

function decoded(userData: string): string {
  if (userData.startsWith('#')) return userData
  const bytes = Buffer.from(userData, 'base64')
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b
  return (gzipped ? gunzipSync(bytes) : bytes).toString('utf8')
}

interface TemplateReference {
  launchTemplateId?: string
  id?: string
}

/** User data of the machines of an Auto Scaling group, from its launch template. null: they start no PoP. */
export function userDataOfGroup(store: CloudStore, group: Thing): UserData | null {
  const { launchTemplate, mixedInstancesPolicy } = unwrapped(group.inputs) as {
    launchTemplate?: TemplateReference
    mixedInstancesPolicy?: { launchTemplate: { launchTemplateSpecification: TemplateReference } }
  }
  const named = launchTemplate ?? mixedInstancesPolicy?.launchTemplate.launchTemplateSpecification
  const id = named?.launchTemplateId ?? named?.id
  const template = store.ofType('aws:ec2/launchTemplate:LaunchTemplate').find((each) => each.id === id)
  return readUserData(String(unwrapped(template?.inputs.userData) ?? ''))
}

/** The PoP of an EC2 machine. */
export function popOfUserData(store: CloudStore, { popJson, secrets, leafConfig }: UserData): DeployedPop {
  const { token, key, replica_token: replica, nats_password: nats } = secrets
  if (token === undefined) throw new AwsError('BootFailed', 'the boot script reads no uplink token')
  return {
    popJson,
    uplinkToken: secretValue(store, token),
    queueKey: key === undefined ? null : secretValue(store, key),
    replicaToken: replica === undefined ? null : secretValue(store, replica),
    leaf:
      leafConfig === null || nats === undefined
        ? null
        : { config: leafConfig, password: secretValue(store, nats) },
  }
}

/** The value of a secret of Secrets Manager. */
export function secretValue(store: CloudStore, arn: string): string {
  const version = store
    .ofType('aws:secretsmanager/secretVersion:SecretVersion')
    .find(({ inputs }) => unwrapped(inputs.secretId) === arn)
  if (version === undefined) throw new AwsError('ResourceNotFoundException', `no value of the secret ${arn}`)
  return String(unwrapped(version.inputs.secretString))
}

interface PodSpec {
  containers: { env?: { name: string; valueFrom?: { secretKeyRef?: { name: string; key: string } } }[] }[]
  volumes?: { name: string; configMap?: { name: string }; secret?: { secretName: string } }[]
}

/** The PoP of a StatefulSet, from the ConfigMap and Secrets that its pod names. null: it starts no PoP. */
export function popOfStatefulSet(store: CloudStore, set: Thing): DeployedPop | null {
  const inputs = unwrapped(set.inputs) as { spec: { template: { spec: PodSpec } } }
  const { containers, volumes = [] } = inputs.spec.template.spec
  const configMap = volumes.find((volume) => volume.configMap !== undefined)?.configMap?.name
  if (configMap === undefined) return null
  const configs = beside(store, set, 'kubernetes:core/v1:ConfigMap', configMap)
  const referenceOf = (variable: string) =>
    containers.flatMap(({ env = [] }) => env).find(({ name }) => name === variable)?.valueFrom?.secretKeyRef
  const reference = referenceOf(UPLINK_TOKEN_VARIABLE)
  const nats = referenceOf(NATS_PASSWORD_VARIABLE)
  if (reference === undefined) throw new Error(`${set.id}: the pod is given no ${UPLINK_TOKEN_VARIABLE}`)
  const SECRET = 'kubernetes:core/v1:Secret'
  const keySecret = volumes.find(({ name }) => name === 'queue-key')?.secret?.secretName
  return {
    popJson: keyOf(configs, 'pop.json'),
    uplinkToken: keyOf(beside(store, set, SECRET, reference.name), reference.key),
    queueKey: keySecret === undefined ? null : keyOf(beside(store, set, SECRET, keySecret), 'key'),
    replicaToken: null,
    leaf: nats
      ? {
          config: keyOf(configs, LEAF_CONFIG_KEY),
          password: keyOf(beside(store, set, SECRET, nats.name), nats.key),
        }
      : null,
  }
}

/** Every venue has a cluster of its own, with the same names: the label of the venue tells them apart. */
function beside(store: CloudStore, set: Thing, type: string, name: string): Properties {
  const own = metadataOf(set)
  const found = store.ofType(type).find((thing) => {
    const metadata = metadataOf(thing)
    return metadata.name === name && metadata.namespace === own.namespace && sameVenue(metadata, own)
  })
  if (found === undefined) throw new Error(`${set.id}: MountVolume.SetUp failed: ${name} not found`)
  return unwrapped(found.inputs) as Properties
}

interface Metadata {
  name?: string
  namespace?: string
  labels?: Record<string, string>
}

function metadataOf({ inputs }: Thing): Metadata {
  return ((unwrapped(inputs) as { metadata?: Metadata }).metadata ?? {}) as Metadata
}

function sameVenue(a: Metadata, b: Metadata): boolean {
  const VENUE = 'app.kubernetes.io/instance'
  return a.labels?.[VENUE] === b.labels?.[VENUE]
}

function keyOf(object: Properties, key: string): string {
  const texts = { ...(object.stringData as object), ...(object.data as object) } as Record<string, string>
  const text = texts[key]
  if (text === undefined) throw new Error(`there is no key ${key}`)
  return text
}

interface ContainerDefinition {
  secrets?: { name: string; valueFrom: string }[]
}

/** A secret as central's task is given it, by its variable; null where the service runs something else, or without. */
export function centralSecret(store: CloudStore, service: Thing, variable: string): string | null {
  const arn = unwrapped(service.inputs.taskDefinition)
  const task = store
    .ofType('aws:ecs/taskDefinition:TaskDefinition')
    .find(({ outputs }) => outputs.arn === arn)
  const text = String(unwrapped(task?.inputs.containerDefinitions) ?? '[]')
  const containers = JSON.parse(text) as ContainerDefinition[]
  const secret = containers.flatMap(({ secrets = [] }) => secrets).find(({ name }) => name === variable)
  return secret === undefined ? null : secretValue(store, secret.valueFrom)
}
