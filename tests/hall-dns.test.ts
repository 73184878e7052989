// The PoP's name in the hall by a real dnsmasq: with the uplink, without it, and when it is back.
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { freePort } from '../runtime/free-ports.ts'
import { systemClock } from '../runtime/pop/clock.ts'
import { onPath } from '../tools/setup/path.mjs'
import { ROOT } from './source-tree.ts'

const TIMEOUT_MS = 60_000
const NAME = 'hall.hybrid-conference-2000.conference.example.org'
const EVENT = join(ROOT, 'scenarios', 'events', 'hybrid-conference-2000.yaml')
const POP = '192.0.2.8'
const ELSEWHERE = '203.0.113.7'

const dnsmasq = onPath('dnsmasq')
const closing: (() => unknown)[] = []
let folder: string

beforeEach((context) => {
  context.skip(dnsmasq === null, 'not on PATH: dnsmasq (node tools/setup.mjs --servers)')
  folder = mkdtempSync(join(tmpdir(), 'micropop-dns-'))
  closing.push(() => rmSync(folder, { recursive: true }))
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function dns(...args: string[]): ChildProcess {
  const command = [join(ROOT, 'cli', 'micropop.mjs'), 'dns', EVENT, 'hall', ...args]
  return spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function printed(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = dns(...args)
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number]>,
    text(child.stdout as NonNullable<typeof child.stdout>),
    text(child.stderr as NonNullable<typeof child.stderr>),
  ])
  return { code, stdout, stderr }
}

/** A resolver beyond the uplink, which may be cut: then it hears nothing and nobody hears it. */
class Beyond {
  up = true
  readonly asked: string[] = []
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (query, from) => {
      if (!this.up) return
      this.asked.push(nameIn(query))
      socket.send(answerTo(query), from.port, from.address)
    })
  }

  static async open(): Promise<Beyond> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    closing.push(() => new Promise<void>((resolve) => socket.close(resolve)))
    return new Beyond(socket)
  }

  get address(): string {
    return `127.0.0.1:${(this.#socket.address() as AddressInfo).port}`
  }
}

function nameIn(query: Buffer): string {
  const labels: string[] = []
  for (let at = 12; query[at]; at += 1 + (query[at] as number)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] as number)))
  }
  return labels.join('.')
}

/** ELSEWHERE, for every name (RFC 1035, section 4.1). */
function answerTo(query: Buffer): Buffer {
  const question = query.subarray(12, query.indexOf(0, 12) + 5)
  const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0])
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...ELSEWHERE.split('.').map(Number)])
  return Buffer.concat([header, question, record])
}

/** Starts dnsmasq with the configuration; returns a resolver that asks it, and gives up after 5 s. */
async function serving(config: string): Promise<{ resolver: Resolver; pidFile: string }> {
  const port = await freePort()
  const pidFile = join(folder, 'dnsmasq.pid')
  const file = join(folder, 'dnsmasq.conf')
  writeFileSync(file, config)
  const server = spawn(
    dnsmasq ?? '',
    [
      '--keep-in-foreground',
      `--conf-file=${file}`,
      `--port=${port}`,
      `--pid-file=${pidFile}`,
      '--user=',
      '--log-facility=-',
    ],
    { stdio: 'ignore' },
  )
  closing.push(async () => {
    if (server.exitCode !== null) return
    const exit = once(server, 'exit')
    server.kill('SIGKILL')
    await exit
  })
  const resolver = new Resolver({ timeout: 5_000, tries: 1 })
  resolver.setServers([`127.0.0.1:${port}`])
  await vi.waitFor(() => resolver.resolve4(NAME), { timeout: 10_000, interval: 50 })
  return { resolver, pidFile }
}

const failure = (asked: Promise<unknown>) => asked.then(String, ({ code }: NodeJS.ErrnoException) => code)

test(
  'the name resolves with the uplink cut, and what it has not is answered too, at once',
  async () => {
    const beyond = await Beyond.open()
    const { stdout } = await printed('--address', POP, '--upstream', beyond.address, '--listen', '127.0.0.1')
    const { resolver } = await serving(stdout)
    expect(await resolver.resolve4('example.org')).toEqual([ELSEWHERE])
    beyond.up = false
    expect(await resolver.resolve4(NAME, { ttl: true })).toEqual([{ address: POP, ttl: 60 }])
    expect(await failure(resolver.resolve6(NAME))).toBe('ENODATA')
    expect(await failure(resolver.resolveCaa(NAME))).toBe('ENODATA')
    for (const domain of ['use-application-dns.net', 'mask.icloud.com', '_dns.resolver.arpa']) {
      expect(await failure(resolver.resolve4(domain)), domain).toBe('ENOTFOUND')
    }
    expect(beyond.asked).not.toContain(NAME)
  },
  TIMEOUT_MS,
)

test(
  'with a watch other names are refused at once while the uplink is gone, and asked again when it is back',
  async () => {
    const beyond = await Beyond.open()
    const serversFile = join(folder, 'servers.conf')
    const upstream = ['--address', POP, '--upstream', beyond.address, '--servers-file', serversFile]
    writeFileSync(serversFile, '')
    const { stdout } = await printed(...upstream, '--listen', '127.0.0.1')
    const { resolver, pidFile } = await serving(stdout)
    const watch = dns(...upstream, '--watch', '--pid-file', pidFile)
    const said = text(watch.stderr as NonNullable<typeof watch.stderr>)
    closing.push(() => watch.kill('SIGKILL'))
    const becomes = (answer: string) =>
      vi.waitFor(async () => expect(await failure(resolver.resolve4('example.org'))).toBe(answer), {
        timeout: 30_000,
        interval: 100,
      })
    await becomes(ELSEWHERE)

    beyond.up = false
    await becomes('EREFUSED')
    expect(await resolver.resolve4(NAME)).toEqual([POP])
    const before = systemClock.monotonicMs()
    expect(await failure(resolver.resolve4('elsewhere.example.net'))).toBe('EREFUSED')
    expect(systemClock.monotonicMs() - before).toBeLessThan(1_000)

    beyond.up = true
    await becomes(ELSEWHERE)
    beyond.up = false
    await becomes('EREFUSED')
    // Whoever stops the watch leaves a server that asks again.
    watch.kill('SIGTERM')
    expect(await once(watch, 'exit')).toEqual([0, null])
    expect(readFileSync(serversFile, 'utf8')).toContain('server=127.0.0.1#')
    expect(await said).toContain('the uplink is gone: other names are refused')
  },
  TIMEOUT_MS,
)

test(
  'what is not given right is refused with what to write',
  async () => {
    const cases: [string[], RegExp][] = [
      [[], /--address/],
      [['--address', 'hall'], /must be an IP address/],
      [['--address', '192.0.2.1', '192.0.2.2'], /one of each kind/],
      [['--address', POP, '--upstream', '192.0.2.1:dns'], /with :PORT/],
      [['--address', POP, '--watch'], /MP_DNS_WATCH/],
    ]
    const found = await Promise.all(cases.map(([args]) => printed(...args)))
    for (const [i, [, message]] of cases.entries()) {
      expect(found[i]).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
    }
  },
  TIMEOUT_MS,
)
