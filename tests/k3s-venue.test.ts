// A venue on Kubernetes under the real engine and the real provider, against a real API server that validates and admits.
import { execFile } from 'node:child_process'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { EngineStack, missingTools } from './engine-stack.ts'
import { KUBE_TOOLS, KubeApiServer, type KubeObject, pathOf } from './kube-api-server.ts'
import { differences } from './kube-fields.ts'

const TIMEOUT_MS = 600_000
const ROOT = resolve(import.meta.dirname, '..')
const SCENARIOS = join(ROOT, 'scenarios')
const TOOLS = ['pulumi', 'pulumi-language-nodejs', 'pulumi-resource-kubernetes', ...KUBE_TOOLS]

/** Also the name of what lies in no namespace. */
const NAMESPACE = 'micropop-conference-hall'
const IMAGE = 'registry.test/micropop:1'
const STATEFUL_SETS = 'apis/apps/v1/statefulsets'
const KINDS = [
  STATEFUL_SETS,
  ...['configmaps', 'persistentvolumeclaims', 'secrets', 'services'].map((kind) => `api/v1/${kind}`),
  ...['ingresses', 'networkpolicies'].map((kind) => `apis/networking.k8s.io/v1/${kind}`),
  'apis/policy/v1/poddisruptionbudgets',
  'apis/scheduling.k8s.io/v1/priorityclasses',
  'apis/storage.k8s.io/v1/storageclasses',
]
const PODS = `api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`
/** Nothing else is as the file says: an unknown field is refused, and so is a value that another holds differently. */
const STRICTLY = 'fieldManager=gitops&fieldValidation=Strict'

let server: KubeApiServer | undefined
let folder: Awaited<ReturnType<typeof mkdtempDisposable>>
beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), 'micropop-k3s-'))
  if (missingTools(KUBE_TOOLS).length === 0) server = await KubeApiServer.start()
}, TIMEOUT_MS)
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await folder.remove()
})

interface Hall {
  event?: string
  attendees?: number
  /** More keys of its PoP. */
  pop?: string
  /** With the other venue of the conference, as one broker. */
  joined?: boolean
}

/** The hall of the hybrid conference, alone where it is not joined. */
async function writeEvent({
  event = 'conference',
  attendees = 1_200,
  pop = '',
  joined = false,
}: Hall): Promise<string> {
  const conference = await readFile(join(SCENARIOS, 'events/hybrid-conference-2000.yaml'), 'utf8')
  const file = join(folder.path, 'event.yaml')
  const hall = conference
    .replace('name: hybrid-conference-2000', `name: ${event}`)
    .replace('attendees: 1200', `attendees: ${attendees}`)
    .replace('platform: k3s\n', `platform: k3s\n${pop}`)
    .replace(joined ? '' : /\n {2}remote:[\s\S]*?\n\n/, joined ? '' : '\n')
    .replace(
      'central:\n',
      joined ? 'central:\n  broker: { siteAddresses: [203.0.113.7/32] }\n' : 'central:\n',
    )
    .replaceAll('../', `${SCENARIOS}/`)
  await writeFile(file, hall)
  return file
}

async function manifestsOf(event: string): Promise<KubeObject[]> {
  const args = ['cli/micropop.mjs', 'manifests', event, 'hall', '--image', IMAGE]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: TIMEOUT_MS })
  return parseAllDocuments(stdout).map((document) => document.toJS())
}

/** What a deployment would change, by the resource's type and name. */
async function changes(stack: EngineStack): Promise<string[]> {
  const { steps } = JSON.parse(await stack.run('preview', '--json'))
  return steps.flatMap(({ op, urn }: { op: string; urn: string }) => {
    const [path = '', name] = urn.split('::').slice(2)
    return op === 'same' ? [] : [`${op} ${path.split('$').at(-1)} ${name}`]
  })
}

/** What the API server has of the venue, as `kinds/name`. */
async function held(api: KubeApiServer): Promise<string[]> {
  const lists = await Promise.all(KINDS.map((path) => api.list(path)))
  const names = KINDS.flatMap((path, i) =>
    (lists[i] ?? [])
      .filter(({ metadata }) => (metadata.namespace ?? metadata.name) === NAMESPACE)
      .map(({ metadata }) => `${path.split('/').at(-1)}/${metadata.name}`),
  )
  return names.sort()
}

/** A pod as the StatefulSet's controller, which is not here, would make it. */
function podOf({ spec }: KubeObject): KubeObject & { spec: object } {
  const { metadata, spec: pod } = (spec as { template: { metadata: object; spec: { volumes: object[] } } })
    .template
  const claim = { name: 'data', persistentVolumeClaim: { claimName: 'data-pop-0' } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: 'pop-0' },
    spec: { ...pod, volumes: [...pod.volumes, claim] },
  }
}

/** Where the objects that are held differ from the manifests, in the fields that those set. */
async function differing(api: KubeApiServer, manifests: KubeObject[]): Promise<string[]> {
  const found = await Promise.all(
    manifests.map(async (object) => {
      const { status, body } = await api.get(pathOf(object))
      return status === 200 ? differences(object, body, object.kind) : [`${object.kind}: ${status}`]
    }),
  )
  return found.flat()
}

const apply = (api: KubeApiServer, object: KubeObject, query: string) =>
  api.patch(`${pathOf(object)}?${STRICTLY}${query}`, 'apply-patch+yaml', object)

/** Fields of a manifest that who deployed holds with another value: without force, nobody else may set them. */
async function conflicts(api: KubeApiServer, object: KubeObject): Promise<string[]> {
  const { status, body } = await apply(api, object, '&dryRun=All')
  if (status === 200) return []
  const causes = (body.details as { causes?: { field: string }[] } | undefined)?.causes
  return causes?.map(({ field }) => field) ?? [String(body.message)]
}

describe('the hall on Kubernetes', () => {
  test('deploys, changes, drifts and is put right, and goes without a trace', {
    timeout: TIMEOUT_MS,
  }, async ({ skip }) => {
    const missing = missingTools(TOOLS)
    skip(missing.length > 0, `not on PATH: ${missing.join(', ')}`)
    const api = server as KubeApiServer
    const pop = '      encryptQueue: true\n      ingress: {}\n'
    const statefulSet = async () => (await api.list(STATEFUL_SETS))[0] as KubeObject
    await using stack = await EngineStack.create('conference', 'eu-west-1')
    const event = await writeEvent({ pop })
    await stack.run('config', 'set', 'micropop:event', event)
    await stack.run('config', 'set', 'micropop:image', IMAGE)
    await stack.run('config', 'set', 'micropop:protect', 'false')
    // Nothing runs pods here, so nobody may wait for them.
    await stack.run('config', 'set', 'micropop:skipAwait', 'true')
    const secrets = { uplinkToken: 'a-token-nobody-may-read', 'queueKey-hall': 'a-key-nobody-may-read' }
    for (const [key, value] of Object.entries({ ...secrets, 'kubeconfig-hall': api.kubeconfig })) {
      await stack.run('config', 'set', '--secret', `micropop:${key}`, value)
    }

    await stack.run('up', '--yes', '--skip-preview')
    expect(await held(api)).toMatchInlineSnapshot(`
      [
        "configmaps/pop-json",
        "ingresses/pop",
        "networkpolicies/pop",
        "poddisruptionbudgets/pop",
        "priorityclasses/micropop-conference-hall",
        "secrets/queue-key",
        "secrets/uplink",
        "services/pop",
        "statefulsets/pop",
        "storageclasses/micropop-conference-hall",
      ]
    `)
    expect(await changes(stack)).toEqual([])
    const exported = await stack.run('stack', 'export')
    for (const secret of Object.values(secrets)) expect(exported).not.toContain(secret)

    const manifests = await manifestsOf(event)
    expect(await differing(api, manifests)).toEqual([])
    for (const object of manifests) {
      expect(await conflicts(api, object), object.kind).toEqual(
        // One value as a whole, to which the server has added its defaults.
        object.kind === 'StatefulSet' ? ['.spec.volumeClaimTemplates'] : [],
      )
      const { status, body } = await apply(api, object, '&dryRun=All&force=true')
      expect({ status, message: body.message }, object.kind).toEqual({ status: 200, message: undefined })
    }

    // Admission is at work: the pod is let in, and the same pod with one thing more is not.
    const pod = podOf(await statefulSet())
    expect(await api.post(PODS, pod)).toMatchObject({ status: 201 })
    const root = { ...pod, spec: { ...pod.spec, securityContext: { runAsUser: 0 } } }
    expect(await api.post(PODS, root)).toMatchObject({
      status: 403,
      body: {
        message: expect.stringMatching(/violates PodSecurity "restricted:latest".*runAsNonRoot != true/),
      },
    })
    const invalid = { ...pod, spec: { ...pod.spec, dnsPolicy: 'Nowhere' } }
    expect(await api.post(PODS, invalid)).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('spec.dnsPolicy: Unsupported value') },
    })

    await writeEvent({ pop, attendees: 4_000 })
    expect(await changes(stack)).toEqual([
      'update micropop:infra:VenuePop hall',
      'update kubernetes:core/v1:ConfigMap hall-pop',
      'update kubernetes:apps/v1:StatefulSet hall-pop',
    ])
    expect(await differing(api, await manifestsOf(event))).not.toEqual([])
    await stack.run('up', '--yes', '--skip-preview')
    expect(await differing(api, await manifestsOf(event))).toEqual([])

    // Someone in a hurry, with kubectl.
    const drift = { spec: { replicas: 0 } }
    const path = `apis/apps/v1/namespaces/${NAMESPACE}/statefulsets/pop?fieldManager=kubectl-edit`
    expect(await api.patch(path, 'merge-patch+json', drift)).toMatchObject({ status: 200 })
    await stack.run('refresh', '--yes', '--skip-preview')
    expect(await changes(stack)).toEqual(['update kubernetes:apps/v1:StatefulSet hall-pop'])
    await stack.run('up', '--yes', '--skip-preview')
    expect((await statefulSet()).spec).toMatchObject({ replicas: 1 })

    await stack.run('destroy', '--yes', '--skip-preview')
    expect(await held(api)).toEqual([])
    expect((await api.get(`api/v1/namespaces/${NAMESPACE}`)).status).toBe(404)
    expect(JSON.parse(await stack.run('stack', 'export')).deployment.resources ?? []).toEqual([])
  })

  test.for([
    ['anywhere', ''],
    ['on-a-node', '      node: box-1\n      folder: /srv/queue\n'],
    ['with-a-class', '      storageClass: local-path\n'],
    ['behind-an-ingress', '      ingress: { className: nginx, namespace: ingress }\n'],
    ['joined', ''],
  ])(
    '%s: the manifests are taken without a deployment',
    { timeout: TIMEOUT_MS },
    async ([event, pop], { skip }) => {
      const missing = missingTools(KUBE_TOOLS)
      skip(missing.length > 0, `not on PATH: ${missing.join(', ')}`)
      const api = server as KubeApiServer
      const joined = event === 'joined'
      const manifests = await manifestsOf(await writeEvent({ event, pop, joined }))
      for (const object of manifests) {
        const { status, body } = await apply(api, object, '')
        expect({ status, message: body.message }, object.kind).toEqual({ status: 201, message: undefined })
      }
      expect(await differing(api, manifests)).toEqual([])
      const pod = podOf(manifests.find(({ kind }) => kind === 'StatefulSet') as KubeObject)
      const { initContainers } = pod.spec as { initContainers: { name: string }[] }
      expect(initContainers.map(({ name }) => name)).toEqual(joined ? ['folders', 'leaf'] : ['folders'])
      const pods = PODS.replace(NAMESPACE, `micropop-${event}-hall`)
      expect(await api.post(pods, pod)).toMatchObject({ status: 201 })
    },
  )
})
