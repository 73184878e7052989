// A real Kubernetes API server with its etcd, for tests: free ports, a temporary folder, Pod Security admission on, gone
// after the test. Nothing schedules or runs pods there.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { vi } from 'vitest'
import { diesWithUs } from '../runtime/central/testing/dies-with-us.ts'
import { freePort } from '../runtime/free-ports.ts'

/** What has to be on PATH. */
export const KUBE_TOOLS = ['etcd', 'kube-apiserver', 'openssl']

const READY_WITHIN_MS = 60_000
const RSA_BITS = '2048'
const USER = 'admin'

/** Who deletes them may ask that what they own goes first (foreground), which controllers see to. */
const DELETED_BY_CONTROLLERS = [
  ...['namespaces', 'configmaps', 'secrets', 'services'].map((kind) => `api/v1/${kind}`),
  ...['ingresses', 'networkpolicies'].map((kind) => `apis/networking.k8s.io/v1/${kind}`),
  ...['apis/apps/v1/statefulsets', 'apis/policy/v1/poddisruptionbudgets'],
  ...['apis/scheduling.k8s.io/v1/priorityclasses', 'apis/storage.k8s.io/v1/storageclasses'],
]

export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; [key: string]: unknown }
  [key: string]: unknown
}

interface Answer {
  status: number
  body: Record<string, unknown>
}

export type PatchType = 'apply-patch+yaml' | 'merge-patch+json' | 'strategic-merge-patch+json'

/** Where the API server has an object. */
export function pathOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): string {
  const group = apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`
  const kinds = kind.toLowerCase().replace(/y$/, 'ie').replace(/s$/, 'se')
  return [group, ...(namespace === undefined ? [] : ['namespaces', namespace]), `${kinds}s`, name].join('/')
}

export class KubeApiServer implements AsyncDisposable {
  readonly #closers: (() => unknown)[] = []
  readonly #token = randomBytes(16).toString('hex')
  #port = 0
  #agent = new Agent({ keepAlive: true })
  #certificates = ''

  /** Starts both, and whatever a namespace needs to go away. */
  static async start(): Promise<KubeApiServer> {
    const server = new KubeApiServer()
    try {
      await server.#start()
      return server
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
  }

  /** For whoever may do everything there. */
  get kubeconfig(): string {
    const name = 'test'
    const authority = Buffer.from(this.#certificates).toString('base64')
    const cluster = { server: `https://127.0.0.1:${this.#port}`, 'certificate-authority-data': authority }
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster }],
      users: [{ name, user: { token: this.#token } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    })
  }

  /** As a garbage collector sees it: what the object owns goes first. */
  delete(path: string): Promise<Answer> {
    return this.#ask('DELETE', `${path}?propagationPolicy=Foreground`)
  }

  get(path: string): Promise<Answer> {
    return this.#ask('GET', path)
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.#ask('POST', path, body)
  }

  patch(path: string, type: PatchType, body: unknown): Promise<Answer> {
    return this.#ask('PATCH', path, body, `application/${type}`)
  }

  /** Every object of a kind, in all namespaces; `path` as `apis/apps/v1/statefulsets`. */
  async list(path: string): Promise<KubeObject[]> {
    const { status, body } = await this.get(path)
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`)
    return body.items as KubeObject[]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close()
  }

  async #start(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'micropop-kube-'))
    this.#closers.push(() => rm(folder, { recursive: true, force: true }))
    const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`)
    await this.#run(
      'etcd',
      [
        ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-outputs', 'stderr'],
        ...['--listen-client-urls', String(client), '--advertise-client-urls', String(client)],
        ...['--listen-peer-urls', String(peer), '--initial-advertise-peer-urls', String(peer)],
        ...['--initial-cluster', `default=${peer}`],
      ],
      'ready to serve client requests',
    )

    const key = join(folder, 'service-accounts.pem')
    execFileSync('openssl', ['genrsa', '-out', key, RSA_BITS], { stdio: 'ignore' })
    const tokens = join(folder, 'tokens.csv')
    await writeFile(tokens, `${this.#token},${USER},1,"system:masters"\n`, { mode: 0o600 })
    const certificates = join(folder, 'certificates')
    this.#port = await freePort()
    await this.#run(
      'kube-apiserver',
      [
        ...['--etcd-servers', String(client), '--secure-port', String(this.#port)],
        ...['--bind-address', '127.0.0.1', '--cert-dir', certificates, '--token-auth-file', tokens],
        ...['--service-account-issuer', 'https://local', '--service-account-key-file', key],
        ...['--service-account-signing-key-file', key, '--authorization-mode', 'RBAC'],
        ...['--service-cluster-ip-range', '10.0.0.0/24'],
        // No controller makes service accounts here.
        ...['--enable-admission-plugins', 'PodSecurity', '--disable-admission-plugins', 'ServiceAccount'],
      ],
      'Serving securely on',
    )
    this.#certificates = await readFile(join(certificates, 'apiserver.crt'), 'utf8')
    this.#agent = new Agent({ keepAlive: true, ca: this.#certificates })
    this.#closers.push(() => this.#agent.destroy())
    await vi.waitFor(
      async () => {
        const { status } = await this.get('readyz')
        if (status !== 200) throw new Error(`kube-apiserver is not ready: ${status}`)
      },
      { timeout: READY_WITHIN_MS, interval: 200 },
    )
    await Promise.all(DELETED_BY_CONTROLLERS.map((path) => this.#letGo(path)))
  }

  /** Starts a program and returns when it has said that it is ready. */
  async #run(program: string, args: string[], ready: string): Promise<void> {
    const child = spawn(...diesWithUs('KILL', program, args), {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(child, 'close')
    this.#closers.push(() => {
      child.kill('SIGKILL')
      return ended
    })
    const said: string[] = []
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line)
      if (!line.includes(ready)) continue
      child.stderr.resume()
      return
    }
    throw new Error(`${program} did not start:\n${said.join('\n')}`)
  }

  /** Does of the garbage collector and the namespace controller, which are not here, what lets the deleted go. */
  async #letGo(path: string): Promise<void> {
    // From what the server has in memory: an older etcd answers nothing newer.
    const watch = request({ ...this.#options('GET', `${path}?watch=true&resourceVersion=0`), agent: false })
    watch.on('error', () => watch.destroy())
    this.#closers.push(() => watch.destroy())
    watch.end()
    const [events] = await once(watch, 'response')
    events.on('error', () => watch.destroy())
    createInterface({ input: events })
      .on('line', async (line) => {
        const { object, type } = JSON.parse(line) as { object: KubeObject; type: string }
        if (type === 'ERROR') throw new Error(`the watch of ${path} ended: ${line}`)
        if (type === 'DELETED' || object.metadata.deletionTimestamp === undefined) return
        const at = pathOf(object)
        await this.patch(at, 'merge-patch+json', { metadata: { finalizers: null } })
        if (object.kind === 'Namespace')
          await this.#ask('PUT', `${at}/finalize`, { ...object, spec: { finalizers: [] } })
      })
      .on('error', () => watch.destroy())
  }

  #options(method: string, path: string) {
    return {
      ...{ method, path: `/${path}`, host: '127.0.0.1', port: this.#port, ca: this.#certificates },
      headers: { authorization: `Bearer ${this.#token}`, accept: 'application/json' } as Record<
        string,
        string
      >,
    }
  }

  async #ask(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> {
    const options = this.#options(method, path)
    if (body !== undefined) options.headers['content-type'] = type
    const asked = request({ ...options, agent: this.#agent })
    asked.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = await once(asked, 'response')
    const answer = await text(response)
    const isJson = String(response.headers['content-type']).includes('json')
    return { status: response.statusCode, body: isJson ? JSON.parse(answer) : { message: answer } }
  }
}
