// A stack of our Pulumi.yaml under the real engine: local backend, the twin's `aws` provider, no network, all in a
// temporary folder, everything stopped and removed at the end.
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { twinAwsProvider } from '../simulator/twin-cloud/aws-provider.ts'
import { type ServedProvider, serveProvider } from '../simulator/twin-cloud/provider-server.ts'
import { TwinCloud } from '../simulator/twin-cloud/twin-cloud.ts'
import { engineEnvironment } from '../simulator/twin-cloud/twin-stack.ts'

const ROOT = resolve(import.meta.dirname, '..')
const COMMAND_TIMEOUT_MS = 150_000

/** Tools of `names` that are not on PATH. */
export function missingTools(names: string[]): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return names.filter((name) => !folders.some((folder) => isExecutable(join(folder, name))))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export class EngineStack implements AsyncDisposable {
  readonly cloud: TwinCloud
  readonly #folder: string
  readonly #name: string
  readonly #configFile: string
  readonly #environment: NodeJS.ProcessEnv
  readonly #children = new Set<ChildProcess>()
  #provider: ServedProvider | undefined

  private constructor(folder: string, name: string, cloud: TwinCloud) {
    this.cloud = cloud
    this.#folder = folder
    this.#name = name
    this.#configFile = join(folder, `Pulumi.${name}.yaml`)
    this.#environment = {
      ...engineEnvironment(join(folder, 'state'), 'test'),
      HOME: folder,
      PULUMI_HOME: join(folder, 'home'),
    }
  }

  /** A new empty stack, with the twin's AWS in `region` attached. */
  static async create(name: string, region: string): Promise<EngineStack> {
    const folder = await mkdtemp(join(tmpdir(), 'micropop-engine-'))
    const stack = new EngineStack(folder, name, new TwinCloud({ region }))
    try {
      await mkdir(join(folder, 'home'))
      await mkdir(join(folder, 'state'))
      // Made from a copy, since making a stack writes its settings beside Pulumi.yaml.
      await copyFile(join(ROOT, 'Pulumi.yaml'), join(folder, 'Pulumi.yaml'))
      await stack.#pulumi(['stack', 'init', name], folder)
      stack.#provider = await serveProvider(twinAwsProvider(stack.cloud))
      stack.#environment.PULUMI_DEBUG_PROVIDERS = `aws:${stack.#provider.port}`
      return stack
    } catch (error) {
      await stack[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Another empty stack of the same project, in the same account and state; it ends with this one. */
  async beside(name: string): Promise<EngineStack> {
    const other = new EngineStack(this.#folder, name, this.cloud)
    Object.assign(other.#environment, this.#environment)
    await other.#pulumi(['stack', 'init', name], this.#folder)
    return other
  }

  /** Runs `pulumi ARGS` on this stack in the project's folder and returns what it printed. */
  run(...args: string[]): Promise<string> {
    const stack = ['--stack', `organization/micropop/${this.#name}`]
    // The state's own commands know no settings.
    const settings = args[0] === 'stack' ? [] : ['--config-file', this.#configFile]
    return this.#pulumi([...args, ...stack, ...settings], ROOT)
  }

  /** The stack's settings file, with secrets encrypted. */
  settings(): Promise<string> {
    return readFile(this.#configFile, 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map(stop))
    await this.#provider?.[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #pulumi(args: string[], cwd: string): Promise<string> {
    const child = this.#spawn('pulumi', [...args, '--non-interactive'], cwd)
    const late = AbortSignal.timeout(COMMAND_TIMEOUT_MS)
    late.addEventListener('abort', () => stop(child))
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr?.on('data', (chunk) => {
      stderr += chunk
    })
    return new Promise((done, fail) => {
      child.on('error', fail)
      child.on('close', (code) => {
        if (code === 0) done(stdout)
        else
          fail(new Error(`pulumi ${args.join(' ')} ended with ${code ?? 'a signal'}\n${stdout}\n${stderr}`))
      })
    })
  }

  /** In a process group of its own, so that what it starts is stopped with it. */
  #spawn(command: string, args: string[], cwd: string): ChildProcess {
    const child = spawn(command, args, { cwd, env: this.#environment, detached: true })
    this.#children.add(child)
    child.on('close', () => this.#children.delete(child))
    return child
  }
}

/** Kills the child with everything in its group, and waits for its end. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise((done) => child.once('close', done))
  process.kill(-child.pid, 'SIGKILL')
  await closed
}
