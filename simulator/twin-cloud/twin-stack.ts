// Our program as a stack of the real engine, driven through Pulumi's Automation API: its own backend, settings and home in
// one folder, the twin's providers attached, and no way out of this machine.
import { copyFile, mkdir, symlink } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import type { ConfigMap, EngineEvent, OpMap, Stack } from '@pulumi/pulumi/automation/index.js'
import { PROJECT_ROOT } from '../rehearsal/live-tools.ts'

/** Nothing listens there: whatever tries to leave this machine fails at once. */
const NO_NETWORK = 'http://127.0.0.1:9'

/** What of this folder the language host looks for beside Pulumi.yaml; Node itself follows the links home. */
const PROGRAM = ['infra', 'node_modules', 'package.json']

export interface StackOptions {
  /** Also of the folder's settings file. */
  name: string
  /** Empty; takes everything that the engine writes. */
  folder: string
  /** Ports of the attached providers, by package. */
  providers: Record<string, number>
  config: ConfigMap
}

/** Counts of resources by what the engine did to them, and its errors. */
export interface Operation {
  changes: OpMap
  /** Empty where it succeeded. */
  errors: string[]
}

/**
 * What the engine is told by its environment: its state in the folder `state`, secrets encrypted with `passphrase`, and
 * nothing asked of the network.
 */
export function engineEnvironment(state: string, passphrase: string) {
  return {
    // The language host runs the program with the Node it finds first.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    HTTP_PROXY: NO_NETWORK,
    HTTPS_PROXY: NO_NETWORK,
    NO_PROXY: '127.0.0.1,localhost',
  }
}

export class TwinStack {
  readonly #stack: Stack

  private constructor(stack: Stack) {
    this.#stack = stack
  }

  static async create({ name, folder, providers, config }: StackOptions): Promise<TwinStack> {
    const { LocalWorkspace } = await import('@pulumi/pulumi/automation/index.js')
    const [home, state] = [join(folder, 'home'), join(folder, 'state')]
    await Promise.all([mkdir(home), mkdir(state)])
    const environment = {
      ...engineEnvironment(state, name),
      PULUMI_DEBUG_PROVIDERS: Object.entries(providers)
        .map(([each, port]) => `${each}:${port}`)
        .join(','),
    }
    const workspace = { pulumiHome: home, envVars: environment }
    // In a copy of the project: the engine writes a stack's settings beside Pulumi.yaml.
    await copyFile(join(PROJECT_ROOT, 'Pulumi.yaml'), join(folder, 'Pulumi.yaml'))
    for (const part of PROGRAM) await symlink(join(PROJECT_ROOT, part), join(folder, part))
    const stack = await LocalWorkspace.createStack({ stackName: name, workDir: folder }, workspace)
    await stack.setAllConfig(config)
    return new TwinStack(stack)
  }

  /** Adds to the stack's settings, or changes them. */
  setConfig(config: ConfigMap): Promise<void> {
    return this.#stack.setAllConfig(config)
  }

  preview(signal?: AbortSignal): Promise<Operation> {
    return this.#operation(signal, async (options) => (await this.#stack.preview(options)).changeSummary)
  }

  up(signal?: AbortSignal): Promise<Operation> {
    return this.#operation(signal, async (options) => {
      const { summary } = await this.#stack.up(options)
      return summary.resourceChanges ?? {}
    })
  }

  refresh(signal?: AbortSignal): Promise<Operation> {
    return this.#operation(signal, async (options) => {
      const { summary } = await this.#stack.refresh(options)
      return summary.resourceChanges ?? {}
    })
  }

  destroy(signal?: AbortSignal): Promise<Operation> {
    return this.#operation(signal, async (options) => {
      const { summary } = await this.#stack.destroy(options)
      return summary.resourceChanges ?? {}
    })
  }

  /** What the engine remembers, its own root apart. */
  async resources(): Promise<{ urn: string; type: string; id?: string }[]> {
    const { deployment } = await this.#stack.exportStack()
    return (deployment.resources ?? []).filter(({ type }: { type: string }) => type !== 'pulumi:pulumi:Stack')
  }

  /** Rejects where the engine does not run at all, and with the signal's reason. */
  async #operation(
    signal: AbortSignal | undefined,
    run: (options: OperationOptions) => Promise<OpMap>,
  ): Promise<Operation> {
    const errors: string[] = []
    const changes: OpMap = {}
    const onEvent = ({ diagnosticEvent, summaryEvent }: EngineEvent) => {
      if (diagnosticEvent?.severity === 'error') {
        const name = diagnosticEvent.urn?.split('::')[3]
        errors.push(`${name ? `${name}: ` : ''}${diagnosticEvent.message.trim()}`)
      }
      Object.assign(changes, summaryEvent?.resourceChanges)
    }
    try {
      const options = {
        onEvent,
        color: 'never' as const,
        ...(signal && { signal }),
      }
      return { changes: await run(options), errors: [] }
    } catch (error) {
      signal?.throwIfAborted()
      if (errors.length === 0) throw error
      return { changes, errors }
    }
  }
}

interface OperationOptions {
  onEvent: (event: EngineEvent) => void
  color: 'never'
  signal?: AbortSignal
}
