// The image, built by buildah from a base of this machine's programs, and its files ready to start: for tests.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { onPath } from '../tools/setup/path.mjs'
import { layOutBase, noBase } from './image-base.ts'
import { ROOT } from './source-tree.ts'

const BASE = 'localhost/micropop-test-base'
/** Programs of a Linux machine that building and starting take. */
const PROGRAMS = ['buildah', 'unshare', 'nsenter', 'setpriv', 'chroot', 'ldd', 'bash']

/** Why no image can be built and started here; null where it can. */
export function noImage(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root'
  const missing = PROGRAMS.filter((program) => onPath(program) === null)
  if (missing.length > 0) return `not on PATH: ${missing.join(', ')} (node tools/setup.mjs --servers)`
  const { status } = spawnSync('unshare', ['--mount', '--pid', '--fork', 'true'])
  return status === 0 ? noBase() : 'this machine gives out no namespaces'
}

export interface BuiltImage {
  /** Of its whole configuration, as a registry would name it. */
  id: string
  /** Digests of its uncompressed layers. */
  layers: string[]
  config: {
    User: string
    Env: string[]
    Entrypoint: string[]
    Cmd: string[]
    Labels: Record<string, string>
    Healthcheck: { Test: string[] }
  }
}

/** The packages were set up without npm's cache, or it was emptied. */
export class NotCached extends Error {
  constructor() {
    super('npm’s cache lacks packages of the image (npm ci fills it)')
  }
}

/** Images in a folder of their own, which `remove` empties. */
export class ImageStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  #buildah(args: string[], timeoutMs = 200_000): string {
    const places = ['--storage-driver', 'vfs', '--root', join(this.#folder, 'store')]
    const all = [...places, '--runroot', join(this.#folder, 'run'), ...args]
    const ended = spawnSync('buildah', all, { encoding: 'utf8', timeout: timeoutMs, cwd: ROOT })
    if (ended.stderr.includes('ENOTCACHED')) throw new NotCached()
    if (ended.status !== 0) throw new Error(`buildah ${args[0]} ended with ${ended.status}: ${ended.stderr}`)
    return ended.stdout.trim()
  }

  /** Builds from what set-up left in npm's cache. Throws NotCached where something is not there. */
  build(name: string): BuiltImage {
    if (this.#buildah(['images', '--quiet', '--filter', `reference=${BASE}`]) === '') this.#makeBase()
    const npmCache = join(homedir(), '.npm')
    mkdirSync(npmCache, { recursive: true })
    this.#buildah([
      ...['build', '--quiet', '--format', 'docker', '--isolation', 'chroot', '--pull-never'],
      ...['--timestamp', '1700000000', '--volume', `${npmCache}:/root/.npm`],
      ...['--build-arg', `NODE_IMAGE=${BASE}`, '--build-arg', `BASE_IMAGE=${BASE}`],
      ...['--build-arg', 'REVISION=test', '--file', 'infra/image/Containerfile', '--tag', name, '.'],
    ])
    const { FromImageID, Docker } = JSON.parse(this.#buildah(['inspect', '--type', 'image', name]))
    return { id: FromImageID, layers: Docker.rootfs.diff_ids, config: Docker.config }
  }

  #makeBase(): void {
    const container = this.#buildah(['from', 'scratch'])
    layOutBase(this.#buildah(['mount', container]))
    this.#buildah(['commit', '--quiet', '--rm', '--timestamp', '1700000000', container, BASE])
  }

  /** Fills `standIn` with what the stand-in for Docker starts. Returns the image's root. */
  unpack(name: string, { config }: BuiltImage, standIn: string): string {
    const root = this.#buildah(['mount', this.#buildah(['from', '--pull-never', name])])
    mkdirSync(join(standIn, 'root'), { recursive: true })
    const moved = spawnSync('cp', ['-a', `${root}/.`, join(standIn, 'root')])
    if (moved.status !== 0) throw new Error(`the image cannot be unpacked: ${moved.stderr}`)
    // An image starts with its root open to its user.
    chmodSync(join(standIn, 'root'), 0o755)
    writeFileSync(join(standIn, 'entrypoint'), config.Entrypoint.join(' '))
    writeFileSync(join(standIn, 'environment'), config.Env.map((line) => `${line}\n`).join(''))
    return join(standIn, 'root')
  }

  remove(): void {
    if (existsSync(this.#folder) && readdirSync(this.#folder).length > 0) this.#buildah(['rm', '--all'])
  }
}
