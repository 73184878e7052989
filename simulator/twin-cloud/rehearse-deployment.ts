// A deployment rehearsed from preview to destroy: the same program under the real engine, into the twin's cloud.
import { join, resolve } from 'node:path'
import type { OpMap } from '@pulumi/pulumi/automation/index.js'
import type { EventSpec } from '../../infra/event/event.ts'
import { MicropopError } from '../../runtime/errors.ts'
import { type RehearsalClock, rehearsalClock } from '../rehearsal/clock.ts'
import { sweepLeftovers } from '../rehearsal/leftovers.ts'
import { TWIN_TYPES } from './aws-resources.ts'
import { type Fault, isRetried, parseFault, shortType } from './faults.ts'
import { smoke } from './smoke.ts'
import { TwinAccount } from './twin-account.ts'
import type { Operation } from './twin-stack.ts'

export interface DeploymentStep {
  title: string
  /** What came of it, in a few words. */
  detail: string
  tookS: number
}

export interface DeploymentOptions {
  /** `TYPE:CODE`: the first deployment meets it in the middle, and the second recovers. */
  fault?: string
  /** Resolves when a deployment that is kept may go; undefined: it goes at once. */
  keptUntil?: () => Promise<void>
  /** Told when a step begins; what it returns is told how it ends. */
  onStep?: (title: string) => { done: (detail: string) => void; failed: () => void }
  onNote?: (note: string) => void
  /** Default true: moto judges the parameters of calls, where it is on this machine. */
  moto?: boolean
  /** Default `.micropop` in the current folder. */
  workDir?: string
  signal?: AbortSignal
  clock?: RehearsalClock
}

/**
 * Ends everything that it started, however it ends. Errors: MP_TOOL_MISSING; MP_FAULT_INVALID; MP_TWIN_DEPLOYMENT where
 * a step does not come out as it must; MP_TWIN_SMOKE; the signal's reason when aborted.
 */
export async function rehearseDeployment(
  event: EventSpec,
  options: DeploymentOptions = {},
): Promise<DeploymentStep[]> {
  const { clock = rehearsalClock, onNote = () => {} } = options
  const signal = options.signal ?? new AbortController().signal
  const fault = options.fault === undefined ? null : parseFault(options.fault, TWIN_TYPES)
  const runs = resolve(options.workDir ?? '.micropop', 'run')
  const swept = await sweepLeftovers(runs)
  if (swept.length > 0) onNote(`Ended ${swept.length} processes that a run before this one had left behind.`)
  const stamp = new Date(clock.wallMs()).toISOString().slice(0, 19).replace(/[-:]/g, '')
  const folder = join(runs, `twin-${event.name}-${stamp}-${process.pid}`)
  const account = await TwinAccount.open({
    ...{ event, folder, clock, signal, onNote },
    moto: options.moto ?? true,
  })
  let keepLogs = false
  try {
    return await new Rehearsal(event, account, { ...options, signal, clock }).perform(fault)
  } catch (error) {
    keepLogs = !signal.aborted
    if (keepLogs) onNote(`The logs of its processes: ${folder}`)
    throw error
  } finally {
    await account[Symbol.asyncDispose]()
    if (!keepLogs) await account.forget()
  }
}

class Rehearsal {
  readonly #event: EventSpec
  readonly #account: TwinAccount
  readonly #options: DeploymentOptions & { signal: AbortSignal; clock: RehearsalClock }
  readonly #steps: DeploymentStep[] = []

  constructor(
    event: EventSpec,
    account: TwinAccount,
    options: DeploymentOptions & { signal: AbortSignal; clock: RehearsalClock },
  ) {
    this.#event = event
    this.#account = account
    this.#options = options
  }

  async perform(fault: Fault | null): Promise<DeploymentStep[]> {
    const { stack } = this.#account
    const { signal, keptUntil, onNote = () => {} } = this.#options
    await this.#step('preview', async () => {
      const { changes } = succeeded('preview', await stack.preview(signal))
      return `${changes.create ?? 0} to create`
    })
    if (fault === null) await this.#step('up', () => this.#deploy())
    else await this.#deployThrough(fault)
    await this.#step('a message through every PoP', () => this.#smoke())
    await this.#step('up again', () => this.#deployUnchanged())
    if (keptUntil !== undefined) {
      for (const { venue, port } of this.#account.machines.pops) onNote(`${venue}: http://127.0.0.1:${port}`)
      onNote('Deployed and kept. Ctrl-C destroys it.')
      await keptUntil()
    }
    await this.#step('destroy', () => this.#destroy(keptUntil === undefined ? signal : undefined))
    return this.#steps
  }

  async #deploy(): Promise<string> {
    const { stack, cloud, machines } = this.#account
    const before = cloud.retries.length
    const { changes } = succeeded('up', await stack.up(this.#options.signal))
    const retries = cloud.retries.length - before
    return `${counted(changes)}, ${machines.processes} processes run${retries > 0 ? `, ${retries} calls asked again` : ''}`
  }

  /** A fault that the provider outlasts is only slower; any other fails the deployment, and the next goes on from there. */
  async #deployThrough(fault: Fault): Promise<void> {
    const { stack, cloud } = this.#account
    const name = `${shortType(fault.type)}:${fault.code}`
    cloud.faults.inject(fault)
    if (isRetried(fault)) {
      await this.#step(`up, while ${name}`, () => this.#deploy())
      this.#mustHaveStruck(name)
      return
    }
    await this.#step(`up, which meets ${name}`, async () => {
      const { errors } = await stack.up(this.#options.signal)
      this.#mustHaveStruck(name)
      if (!errors.some((error) => error.includes(fault.code)))
        throw failed(
          `up was to fail with ${fault.code} and ${errors.length === 0 ? 'succeeded' : `said: ${errors[0]}`}`,
        )
      return `failed as told, with ${this.#account.things} things made`
    })
    const made = new Map(cloud.store.all().map(({ urn, id }) => [urn, id]))
    await this.#step('up again, from there', async () => {
      const done = await this.#deploy()
      const now = new Map(cloud.store.all().map(({ urn, id }) => [urn, id]))
      const again = [...made].filter(([urn, id]) => now.get(urn) !== id)
      if (again.length > 0) throw failed(`${again.length} things were made twice, such as ${again[0]?.[0]}`)
      return done
    })
  }

  #mustHaveStruck(name: string): void {
    if (this.#account.cloud.faults.pending > 0)
      throw failed(`${name} never happened: the event creates nothing of that type`)
  }

  async #smoke(): Promise<string> {
    const { machines, folder, signing } = this.#account
    const { signal, clock } = this.#options
    const results = await smoke({
      event: this.#event.name,
      venues: this.#event.venues.map(({ name }) => name),
      broker: this.#event.central.broker !== null,
      ...{ machines, folder, signing, clock, signal },
    })
    return results
      .map(
        ({ venue, publishMs, centralMs, otherMs }) =>
          `${venue}: on its disk in ${publishMs.toFixed(0)} ms, ${otherMs === null ? '' : `at another venue in ${otherMs.toFixed(0)} ms, `}at central in ${centralMs.toFixed(0)} ms`,
      )
      .join('; ')
  }

  async #deployUnchanged(): Promise<string> {
    const { changes } = succeeded('up', await this.#account.stack.up(this.#options.signal))
    const { same = 0, ...others } = changes
    if (Object.values(others).some((count) => count > 0))
      throw failed(`an unchanged event is deployed again: ${counted(others)}`)
    return `nothing to do, ${same} as they were`
  }

  async #destroy(signal: AbortSignal | undefined): Promise<string> {
    const { stack, machines } = this.#account
    const { changes } = succeeded('destroy', await stack.destroy(signal))
    const left = [
      [this.#account.things, 'things in the cloud'],
      [machines.processes, 'processes'],
      [(await stack.resources()).length, "resources in the engine's state"],
    ].filter(([count]) => count !== 0)
    if (left.length > 0) throw failed(`destroy left ${left.map((each) => each.join(' ')).join(', ')}`)
    return `${counted(changes)}, nothing is left`
  }

  async #step(title: string, run: () => Promise<string>): Promise<void> {
    const { clock, onStep } = this.#options
    const startMs = clock.monotonicMs()
    const shown = onStep?.(title)
    try {
      const detail = await run()
      this.#steps.push({ title, detail, tookS: (clock.monotonicMs() - startMs) / 1_000 })
      shown?.done(detail)
    } catch (error) {
      shown?.failed()
      throw error
    }
  }
}

/** `3 created, 1 replaced`. */
function counted(changes: OpMap): string {
  const words: Record<string, string> = {
    create: 'created',
    update: 'updated',
    delete: 'deleted',
    replace: 'replaced',
  }
  const parts = Object.entries(changes).filter(([operation]) => operation !== 'same')
  return (
    parts.map(([operation, count]) => `${count} ${words[operation] ?? operation}`).join(', ') ||
    'nothing to do'
  )
}

function succeeded(what: string, operation: Operation): Operation {
  if (operation.errors.length === 0) return operation
  throw failed(`${what} failed:\n    ${operation.errors.slice(0, ERRORS_SHOWN).join('\n    ')}`)
}

const ERRORS_SHOWN = 3

function failed(message: string): MicropopError {
  return new MicropopError('MP_TWIN_DEPLOYMENT', message, {
    exitCode: 1,
    remedy: 'Change what it names in the event or in infra/; nothing of this rehearsal was real.',
  })
}
