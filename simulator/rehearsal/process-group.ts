// The child processes of a run: started so that they die with this process, watched, and stopped in reverse order.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { MicropopError } from '../../runtime/errors.ts'
import { childFailure, type Exit } from './child-failure.ts'
import { type RehearsalClock, rehearsalClock } from './clock.ts'
import { RunRecord } from './leftovers.ts'

export interface ChildSpec {
  /** Unique in the run; names its log file, `NAME.log`. */
  name: string
  command: string
  args: string[]
  /** Added to this process's environment; undefined removes. */
  env?: Record<string, string | undefined>
  /** True where ending is how it finishes, as for a load generator: its exit is then no failure by itself. */
  endsByItself?: boolean
  /** True for a server that whoever started it ends or expects to end: its exit is then no failure of the group. */
  mayEnd?: boolean
  /** True for what measures and is not measured: it goes before everything else, where this user may arrange that. */
  instrument?: boolean
}

export interface Child {
  readonly name: string
  readonly pid: number
  readonly log: string
  readonly exited: Promise<Exit>
  /** The last lines of its stderr, at most 5. */
  lastLines(): Promise<string[]>
}

/** Between SIGTERM and SIGKILL, per child. */
export const STOP_GRACE_MS = 5_000
const TAIL_BYTES = 8_192
const TAIL_LINES = 5
/** Arguments of nice(1). */
const FIRST = ['-n', '-10']

interface Running extends Child {
  process: ChildProcess
  firstJson: Promise<unknown>
  ended: boolean
  /** True once it was told to end: that it does is then no failure. */
  leaving: boolean
}

/** Whether children die with this process even when it is killed with SIGKILL: Linux with util-linux's setpriv. */
export function diesWithParent(): boolean {
  if (process.platform !== 'linux') return false
  return spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0
}

/** Whether this user may start processes that go before others: usually only root. */
function mayGoFirst(): boolean {
  if (process.platform === 'win32') return false
  const { status, stderr } = spawnSync('nice', [...FIRST, 'true'], { stdio: ['ignore', 'ignore', 'pipe'] })
  return status === 0 && stderr.length === 0
}

export class ProcessGroup {
  /** Aborted, with a MicropopError as reason, when a child ends that should run on. */
  readonly failure: AbortSignal
  readonly #failing = new AbortController()
  readonly #folder: string
  readonly #record: RunRecord
  readonly #clock: RehearsalClock
  readonly #wrapped: boolean
  readonly #goesFirst: boolean
  readonly #running: Running[] = []
  readonly #killAll = () => {
    for (const child of this.#running) if (!child.ended) signalGroup(child, 'SIGKILL')
  }
  #stopping = false

  private constructor(folder: string, record: RunRecord, clock: RehearsalClock) {
    this.#folder = folder
    this.#record = record
    this.#clock = clock
    this.#wrapped = diesWithParent()
    this.#goesFirst = mayGoFirst()
    this.failure = this.#failing.signal
    process.once('exit', this.#killAll)
  }

  /** `folder` takes logs and the record of processes that the next run's sweep reads. */
  static async open(folder: string, clock: RehearsalClock = rehearsalClock): Promise<ProcessGroup> {
    return new ProcessGroup(folder, await RunRecord.open(folder, process.pid), clock)
  }

  /** False: killing this process with SIGKILL leaves children until the next run sweeps them. */
  get tiedToParent(): boolean {
    return this.#wrapped
  }

  /** Starts a child. Error: MP_CHILD_DIED where it cannot even be started. */
  async start(spec: ChildSpec): Promise<Child> {
    const argv = [spec.command, ...spec.args]
    const [command, ...args] = [
      ...(this.#wrapped ? ['setpriv', '--pdeathsig', 'KILL', '--'] : []),
      ...(this.#goesFirst && spec.instrument ? ['nice', ...FIRST] : []),
      ...argv,
    ]
    const log = join(this.#folder, `${spec.name}.log`)
    const logFd = openSync(log, 'a')
    const child = spawn(command as string, args, {
      // Its own process group: a Ctrl-C in the terminal reaches only us, and we stop children in order.
      detached: true,
      stdio: ['ignore', spec.endsByItself ? logFd : 'pipe', logFd],
      env: { ...process.env, ...spec.env },
    })
    closeSync(logFd)
    const running: Running = {
      name: spec.name,
      pid: child.pid ?? 0,
      log,
      process: child,
      firstJson: firstJsonLine(child),
      exited: exitOf(child),
      ended: false,
      leaving: false,
      lastLines: () => tail(log),
    }
    this.#running.push(running)
    const ended = running.exited.then(async (exit) => {
      running.ended = true
      if (this.#stopping || running.leaving || spec.endsByItself || spec.mayEnd) return
      this.#failing.abort(childFailure(spec.name, exit, await tail(log), log))
    })
    if (child.pid === undefined) await ended
    else await this.#record.add(spec.name, child.pid, argv)
    this.failure.throwIfAborted()
    return running
  }

  /** Sends a signal to a child that still runs; what it does then is `exited` of the child. */
  signal(child: Child, signal: NodeJS.Signals): void {
    const running = this.#running.find((one) => one === child)
    if (running && !running.ended) signalGroup(running, signal)
  }

  /**
   * Starts a server and waits for the one JSON line on stdout by which it says it is ready. `started`: it runs, also where
   * it never gets ready.
   */
  async startServer(
    spec: ChildSpec,
    limitMs: number,
    signal?: AbortSignal,
    started: (child: Child) => void = () => {},
  ): Promise<{ child: Child; ready: unknown }> {
    const child = (await this.start(spec)) as Running
    started(child)
    const timeout = new AbortController()
    const signals = [this.failure, timeout.signal, ...(signal ? [signal] : [])]
    try {
      const late = this.#clock.sleep(limitMs, AbortSignal.any(signals)).then(async () => {
        throw new MicropopError('MP_CHILD_SLOW', `${spec.name} was not ready within ${limitMs / 1000} s`, {
          exitCode: 5,
          remedy: `Its last words: ${(await tail(child.log)).join(' | ') || 'none'}.`,
        })
      })
      const firsts = [child.firstJson, late]
      if (spec.mayEnd) {
        const died = child.exited.then(async (exit) => {
          throw childFailure(spec.name, exit, await tail(child.log), child.log)
        })
        firsts.push(died)
      }
      return { child, ready: await Promise.race(firsts) }
    } finally {
      timeout.abort()
    }
  }

  /** Stops all, the last started first: SIGTERM, then SIGKILL after the grace. Never rejects for a child that is gone. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const child of this.#running.toReversed()) await this.#stopOne(child)
    process.removeListener('exit', this.#killAll)
  }

  /** Stops one child of this group, as `stop` does; the others run on. */
  async end(child: Child): Promise<void> {
    const running = this.#running.find((each) => each === child)
    if (running === undefined) return
    running.leaving = true
    await this.#stopOne(running)
  }

  /** Kills one child with SIGKILL, as a power loss would, and waits until it is gone; the others run on. */
  async kill(child: Child): Promise<void> {
    const running = this.#running.find((each) => each === child)
    if (running === undefined) return
    running.leaving = true
    if (!running.ended) signalGroup(running, 'SIGKILL')
    await running.exited
  }

  async #stopOne(child: Running): Promise<void> {
    if (child.ended) return
    signalGroup(child, 'SIGTERM')
    const waiting = new AbortController()
    const grace = this.#clock.sleep(STOP_GRACE_MS, waiting.signal).then(
      () => signalGroup(child, 'SIGKILL'),
      () => {},
    )
    await child.exited
    waiting.abort()
    await grace
  }
}

function signalGroup(child: Running, signal: NodeJS.Signals): void {
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

/** The first stdout line that is a JSON object. Stays pending where none comes; the rest is read and dropped. */
function firstJsonLine(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return
      try {
        resolve(JSON.parse(line))
      } catch {
        // Not the ready line; the wait for it has its own limit.
      }
    })
  })
}

async function tail(log: string): Promise<string[]> {
  const file = await open(log)
  try {
    const { size } = await file.stat()
    const length = Math.min(size, TAIL_BYTES)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString('utf8').split('\n').filter(Boolean).slice(-TAIL_LINES)
  } finally {
    await file.close()
  }
}
