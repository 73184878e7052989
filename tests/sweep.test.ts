// A sweep over machines, with the real command on both sides and a real NATS server: one worker is killed in the middle.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { jetstreamManager } from '@nats-io/jetstream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { change, EVENT, eventFolder, OUTAGE } from '../infra/event/test-event.ts'
import { diesWithUs } from '../runtime/central/testing/dies-with-us.ts'
import { connectNats, type NatsSettings, natsFromEnvironment } from '../runtime/nats/connection.ts'
import { findNatsServer, type JetStreamServer, startJetStream } from '../runtime/nats/testing/nats-servers.ts'
import { makeCertificate, noCertificates } from '../runtime/testing/certificates.ts'
import { ROOT } from './source-tree.ts'

const found = findNatsServer()
const TIMEOUT = { timeout: 240_000 }

let server: JetStreamServer
const open: (() => unknown)[] = []

beforeEach(async (context) => {
  context.skip('missing' in found, 'missing' in found ? found.missing : '')
  if ('missing' in found) return
  server = await startJetStream(found.file)
  open.push(server.stop)
})
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end()
})

/** The test event with 20 attendees and no trace, whose days take the twin no time. */
function smallEvent(): string {
  const few = change(change(EVENT, 'attendees: 1200', 'attendees: 12'), 'attendees: 800', 'attendees: 8')
  return join(eventFolder({ event: few, outage: OUTAGE }), 'event.yaml')
}

function micropop(...args: string[]): ChildProcess {
  return micropopWith({}, ...args)
}

function micropopWith(env: Record<string, string>, ...args: string[]): ChildProcess {
  const [program, rest] = diesWithUs('KILL', process.execPath, [join(ROOT, 'cli/main.ts'), ...args])
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  open.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return child
}

/** What it said on stdout, once it has ended. */
async function outcome(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  const { code, said, errors } = await ended(child)
  if (![0, 1, 4].includes(code ?? -1)) throw new Error(`it ended with ${code}:\n${errors}`)
  return { code, said }
}

async function ended(child: ChildProcess): Promise<{ code: number | null; said: string; errors: string }> {
  if (!child.stdout || !child.stderr) throw new Error('no pipes')
  const [said, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { code, said, errors }
}

/** A worker, once it has said on stderr what `line` matches. */
async function worker(line: RegExp): Promise<ChildProcess> {
  const child = micropop('worker', '--nats', server.url, '--threads', '1')
  if (!child.stderr) throw new Error('no pipe')
  const said: string[] = []
  for await (const heard of createInterface({ input: child.stderr })) {
    said.push(heard)
    if (!line.test(heard)) continue
    child.stderr.resume()
    return child
  }
  throw new Error(`the worker ended:\n${said.join('\n')}`)
}

test(
  'a worker that is killed in the middle changes nothing: the result is that of one machine, bit for bit',
  TIMEOUT,
  async () => {
    const event = smallEvent()
    const asked = ['simulate', event, '--runs', '12', '--format', 'json']
    const swept = outcome(micropop(...asked, '--workers', server.url))
    const victim = await worker(/^shard \d+ of sweep .*: 2 days$/)
    const connection = await connectNats(
      natsFromEnvironment({ NATS_URL: server.url }) as NatsSettings,
      'test',
      '_INBOX.test',
    )
    open.push(() => connection.close())
    const manager = await jetstreamManager(connection)
    const [stream] = await manager.streams.list().next()
    const works = async () =>
      (await manager.consumers.info(stream?.config.name ?? '', 'workers')).num_ack_pending
    const stoppedInTheMiddle = async () => {
      victim.kill('SIGSTOP')
      const inTheMiddle = (await works()) === 1
      if (!inTheMiddle) victim.kill('SIGCONT')
      return inTheMiddle
    }
    await expect.poll(stoppedInTheMiddle, { timeout: 20_000, interval: 5 }).toBe(true)
    victim.kill('SIGKILL')
    await once(victim, 'exit')
    // What it had is still its own until it has been silent for long enough; the others are free.
    expect(await works()).toBe(1)
    const { num_pending } = await manager.consumers.info(stream?.config.name ?? '', 'workers')
    expect(num_pending).toBeGreaterThan(0)

    await Promise.all([worker(/runs days for/), worker(/runs days for/)])
    const { code, said } = await swept
    expect(await outcome(micropop(...asked, '--threads', '2'))).toEqual({ code, said })
    expect(code).toBe(4)
    expect(JSON.parse(said).result.days).toBe(12)
    expect(await manager.streams.list().next()).toEqual([])
  },
)

test(
  'over TLS a client shows its certificate or a token; who lacks one is told so, without a secret',
  TIMEOUT,
  async ({ skip }) => {
    const lacks = noCertificates()
    skip(lacks !== null, lacks ?? '')
    if ('missing' in found) return
    const folder = mkdtempSync(join(tmpdir(), 'micropop-sweep-tls-'))
    open.push(() => rmSync(folder, { recursive: true, force: true }))
    const [hub, client, stranger] = ['hub', 'client', 'stranger'].map((name) => makeCertificate(folder, name))
    if (!hub || !client || !stranger) throw new Error('no certificates')
    const tls = ['--tls', '--tlscert', hub.certFile, '--tlskey', hub.keyFile]
    const byCertificate = await startJetStream(found.file, [
      ...tls,
      '--tlsverify',
      '--tlscacert',
      client.certFile,
    ])
    const byToken = await startJetStream(found.file, [...tls, '--auth', 't0p-secret'])
    open.push(byCertificate.stop, byToken.stop)
    const trusts = { NATS_CA: hub.certFile }
    const shows = ({ certFile, keyFile }: typeof client) => ({ NATS_CERT: certFile, NATS_KEY: keyFile })
    const event = smallEvent()
    const asked = ['simulate', event, '--runs', '4', '--format', 'json']
    const here = await outcome(micropop(...asked))
    for (const [at, env] of [
      [byCertificate, { ...trusts, ...shows(client) }],
      [byToken, { ...trusts, NATS_TOKEN: 't0p-secret' }],
    ] as const) {
      const running = micropopWith(env, 'worker', '--nats', at.url, '--threads', '1', '--idle', '20')
      expect(await outcome(micropopWith(env, ...asked, '--workers', at.url))).toEqual(here)
      running.kill('SIGTERM')
      expect((await ended(running)).errors).not.toContain('t0p-secret')
    }
    for (const [at, env] of [
      [byCertificate, trusts],
      [byCertificate, { ...trusts, ...shows(stranger) }],
      [byToken, { ...trusts, NATS_TOKEN: 'wr0ng-secret' }],
      [byToken, { NATS_CA: stranger.certFile, NATS_TOKEN: 't0p-secret' }],
    ] as const) {
      for (const args of [
        ['worker', '--nats', at.url],
        [...asked, '--workers', at.url],
      ]) {
        const { code, errors } = await ended(micropopWith(env, ...args))
        expect({ code, errors }).toMatchObject({
          code: 3,
          errors: expect.stringContaining('MP_NATS_UNREACHABLE'),
        })
        expect(errors).not.toMatch(/t0p-secret|wr0ng-secret|PRIVATE KEY/)
      }
    }
  },
)
