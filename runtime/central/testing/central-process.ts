// `micropop central` as a child process for tests: real start, real signals, gone with the test.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { diesWithUs } from './dies-with-us.ts'

const COMMAND = fileURLToPath(new URL('../../../cli/micropop.mjs', import.meta.url))

export interface CentralEnvironment {
  DATABASE_URL?: string
  MICROPOP_UPLINK_TOKEN?: string
  MICROPOP_UPLINK_TOKEN_NEXT?: string
  NATS_URL?: string
}

export interface Ended {
  /** null where a signal ended it. */
  code: number | null
  stderr: string
}

export class CentralProcess {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  #stderr = ''

  /** `command`: another version's. */
  constructor(args: string[], environment: CentralEnvironment = {}, command = COMMAND) {
    const env = { ...process.env, DATABASE_URL: '', MICROPOP_UPLINK_TOKEN: '', NATS_URL: '', ...environment }
    this.child = spawn(...diesWithUs('KILL', process.execPath, [command, 'central', ...args]), {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stderr?.on('data', (chunk) => {
      this.#stderr += chunk
    })
    this.ended = once(this.child, 'close').then(([code]) => ({ code, stderr: this.#stderr }))
  }

  /** The line it prints when it takes uplinks; rejects with what it said instead. */
  async ready(): Promise<{ port: number; adminPort: number }> {
    for await (const line of createInterface({ input: this.child.stdout as NodeJS.ReadableStream })) {
      const { ready, ...ports } = JSON.parse(line)
      if (ready) return ports
    }
    throw new Error(`central did not start: ${(await this.ended).stderr}`)
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended> {
    this.child.kill(signal)
    return this.ended
  }
}
