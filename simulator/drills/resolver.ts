// The resolver of a drill: dnsmasq with one record that can be changed, and names as clients keep them, for their TTL.
import { Resolver } from 'node:dns/promises'
import { rename, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { MissingHere } from '../../runtime/errors.ts'
import { freePort, LOOPBACK } from '../../runtime/free-ports.ts'
import { type RehearsalClock, until } from '../rehearsal/clock.ts'
import { findProgram, toolFolders } from '../rehearsal/live-tools.ts'
import { DrillFailed } from './drill-failed.ts'
import type { DrillSite } from './drill-site.ts'

/** Where Debian puts servers, which is not on every user's PATH. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin']
const ANSWERS_WITHIN_MS = 10_000
const POLL_MS = 25
const QUERY = { timeout: 1_000, tries: 1 }

/** Full path. Error: MP_TOOL_MISSING. */
export async function findDnsmasq(folders = [...toolFolders(), ...SERVER_FOLDERS]): Promise<string> {
  const found = await findProgram('dnsmasq', folders)
  if (found !== null) return found
  throw new MissingHere(
    'MP_TOOL_MISSING',
    'this drill needs dnsmasq, a resolver, and it is not on PATH',
    'Run `node tools/setup.mjs --servers`, or install the package dnsmasq-base.',
  )
}

export class DrillResolver {
  readonly #file: string
  readonly #name: string
  readonly #ttlS: number
  readonly #clock: RehearsalClock
  readonly #pid: number
  readonly #server: Resolver

  private constructor(
    file: string,
    name: string,
    ttlS: number,
    clock: RehearsalClock,
    pid: number,
    port: number,
  ) {
    this.#file = file
    this.#name = name
    this.#ttlS = ttlS
    this.#clock = clock
    this.#pid = pid
    this.#server = new Resolver(QUERY)
    this.#server.setServers([`${LOOPBACK}:${port}`])
  }

  /** Answers for `name` with `address`, and for nothing else. */
  static async start(
    site: DrillSite,
    name: string,
    address: string,
    signal: AbortSignal,
  ): Promise<DrillResolver> {
    const command = await findDnsmasq()
    const file = join(site.folder, 'hosts')
    await writeFile(file, line(address, name))
    const port = await freePort()
    const { pid } = await site.startProgram({
      name: 'dnsmasq',
      command,
      args: [
        ...['--keep-in-foreground', '--log-facility=-', '--conf-file=/dev/null', '--pid-file='],
        ...['--no-resolv', '--no-hosts', `--addn-hosts=${file}`, `--local-ttl=${site.ttlS}`],
        ...[
          `--port=${port}`,
          `--listen-address=${LOOPBACK}`,
          '--bind-interfaces',
          `--user=${userInfo().username}`,
        ],
      ],
    })
    const resolver = new DrillResolver(file, name, site.ttlS, site.clock, pid, port)
    await resolver.#answers(address, signal)
    return resolver
  }

  /** Changes the record, and returns once the resolver answers with it. */
  async change(address: string, signal: AbortSignal): Promise<void> {
    await writeFile(`${this.#file}.new`, line(address, this.#name))
    await rename(`${this.#file}.new`, this.#file)
    process.kill(this.#pid, 'SIGHUP')
    await this.#answers(address, signal)
  }

  async ask(): Promise<{ address: string; ttlS: number }> {
    const [record] = await this.#server.resolve4(this.#name, { ttl: true })
    if (record === undefined) throw new DrillFailed(`the resolver has no address for ${this.#name}`)
    return { address: record.address, ttlS: record.ttl }
  }

  /** The name as one client resolves it: an answer is kept as long as it says, however often it is asked for. */
  client(): () => Promise<string> {
    let kept: { address: string; untilMs: number } | null = null
    return async () => {
      const now = this.#clock.monotonicMs()
      if (kept === null || now >= kept.untilMs) {
        const { address, ttlS } = await this.ask()
        kept = { address, untilMs: now + ttlS * 1_000 }
      }
      return kept.address
    }
  }

  async #answers(address: string, signal: AbortSignal): Promise<void> {
    const there = async () => {
      const answer = await this.ask().catch(() => null)
      return (answer?.address === address && answer.ttlS <= this.#ttlS) || undefined
    }
    await until(there, {
      ...{ clock: this.#clock, everyMs: POLL_MS, limitMs: ANSWERS_WITHIN_MS, signal },
      onLate: () => new DrillFailed(`the resolver does not say ${address} for ${this.#name}`),
    })
  }
}

function line(address: string, name: string): string {
  return `${address} ${name}\n`
}
