// Central in a drill: started, ended and started again on the same ports and the same data.
import { LOOPBACK } from '../../runtime/free-ports.ts'
import type { ServerProcess } from './server-process.ts'

export class CentralMachine {
  readonly process: ServerProcess
  readonly #dataDir: string
  #port = 0
  #adminPort = 0

  constructor(process: ServerProcess, dataDir: string) {
    this.process = process
    this.#dataDir = dataDir
  }

  get address(): string {
    return `${LOOPBACK}:${this.#port}`
  }

  get adminPort(): number {
    return this.#adminPort
  }

  /** PoPs find it again after a restart. */
  async choosePorts(free: () => Promise<number>): Promise<void> {
    this.#port = await free()
    this.#adminPort = await free()
  }

  async start(signal: AbortSignal): Promise<void> {
    const ports = ['--port', String(this.#port), '--admin-port', String(this.#adminPort)]
    await this.process.start(['central', '--host', LOOPBACK, ...ports, '--data', this.#dataDir], signal)
  }
}
