// A real PoP that asks for tokens, with TLS and as many session threads as it likes: who comes in, and what its log,
// its output and its files tell of secrets.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { systemClock } from '../runtime/pop/clock.ts'
import { DEFAULT_LIMITS, type PopConfig, popConfigSchema } from '../runtime/pop-config.ts'
import { type Hello, type PopFrame, SESSION_SUBPROTOCOL } from '../runtime/protocol/session.ts'
import { makeCertificate, noCertificates } from '../runtime/testing/certificates.ts'
import { type KeyPair, newKeyPair, type TokenClaims, tokenSigner } from '../runtime/token-keys.ts'
import { dataFolder, open } from './running-pop.ts'

const TIMEOUT_MS = 30_000
const COMMAND = join(import.meta.dirname, '..', 'cli', 'micropop.mjs')

let keys: KeyPair
beforeAll(async () => {
  keys = await newKeyPair('EdDSA', 'one')
})

let issued = 0

async function token(claims: Partial<TokenClaims> = {}): Promise<string> {
  const nowS = Math.floor(systemClock.wallMs() / 1000)
  const sign = await tokenSigner(keys.signing)
  const good = { client: 'ada', issuer: 'tickets', audience: 'summit', jti: `token-${issued++}` }
  return sign({ ...good, issuedAtS: nowS, expiresAtS: nowS + 600, ...claims })
}

/** `micropop pop`, at the most talkative level, and everything that it says. */
class Pop {
  readonly child: ChildProcess
  said = ''
  readonly #ready: Promise<number>

  constructor(folder: string, given: object) {
    const config: PopConfig = popConfigSchema.parse({
      version: 1,
      event: 'summit',
      pop: 'hall',
      listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
      dataDir: join(folder, 'data'),
      uplinks: [{ name: 'uplink', url: 'ws://127.0.0.1:9/uplink' }],
      queue: { maxBytes: 10_000_000, segmentBytes: 1_000_000 },
      limits: DEFAULT_LIMITS,
      imagesDir: null,
      ...given,
    })
    const file = join(folder, 'pop.json')
    writeFileSync(file, JSON.stringify(config))
    this.child = spawn(process.execPath, [COMMAND, 'pop', '--config', file, '--log-level', 'trace'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    open.push({ close: () => this.stop('SIGKILL') })
    this.child.stderr?.on('data', (data) => {
      this.said += data
    })
    this.#ready = new Promise((resolve, reject) => {
      createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        this.said += line
        resolve(JSON.parse(line).port)
      })
      this.child.once('exit', () => reject(new Error(`the PoP ended: ${this.said}`)))
    })
    // Where a test expects the end, nobody asks for the port.
    this.#ready.catch(() => undefined)
  }

  ready(): Promise<number> {
    return this.#ready
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve))
      this.child.kill(signal)
      await ended
    }
    return this.child.exitCode
  }
}

interface Session {
  socket: WebSocket
  /** The first frame that comes next. */
  next: () => Promise<PopFrame>
}

async function hello(port: number, said: Partial<Hello>): Promise<Session & { first: PopFrame }> {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/session`, SESSION_SUBPROTOCOL, {
    rejectUnauthorized: false,
  })
  open.push({ close: () => socket.terminate() })
  const frames: PopFrame[] = []
  let wake = () => {}
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)))
    wake()
  })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  const next = async () => {
    while (frames.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return frames.shift() as PopFrame
  }
  socket.send(JSON.stringify({ t: 'hello', client: 'ada', ...said }))
  return { socket, next, first: await next() }
}

test('a PoP that asks for tokens keeps others out and secrets in, also after it was killed', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const missing = noCertificates()
  context.skip(missing !== null, missing ?? '')
  const folder = await dataFolder()
  const auth = { issuer: 'tickets', audience: 'summit', jwks: { keys: [keys.public] } }
  const tls = makeCertificate(folder, 'pop')
  const before = new Pop(folder, { auth, tls })
  const port = await before.ready()

  const good = await token()
  const shown = [good]
  const { first, next, socket } = await hello(port, { token: good })
  if (first.t !== 'welcome' || first.resume === undefined) throw new Error(JSON.stringify(first))
  const publish = { t: 'pub', lane: 'interactive', seq: 1, ch: 'show.cues', body: {}, at: 0 }
  socket.send(JSON.stringify(publish))
  expect(await next()).toMatchObject({ t: 'err', lane: 'interactive', seq: 1 })
  socket.send(JSON.stringify({ ...publish, ch: 'chat.main' }))
  expect(await next()).toMatchObject({ t: 'ack', lane: 'interactive', seq: 1 })

  const refusals: [Partial<Hello>, string][] = [
    [{}, 'MP_TOKEN_MISSING'],
    [{ token: 'a.b.c' }, 'MP_TOKEN_INVALID'],
    [{ token: good }, 'MP_TOKEN_REPLAYED'],
    [{ token: good, resume: 'guessed' }, 'MP_TOKEN_REPLAYED'],
    [{ token: good, client: 'bob' }, 'MP_TOKEN_CLIENT'],
    [{ token: await token({ audience: 'other' }) }, 'MP_TOKEN_AUDIENCE'],
    [{ token: await token({ expiresAtS: 1 }) }, 'MP_TOKEN_EXPIRED'],
  ]
  for (const [said, code] of refusals) {
    if (said.token) shown.push(said.token)
    expect((await hello(port, said)).first).toMatchObject({ t: 'err', code })
  }

  await before.stop('SIGKILL')
  const after = new Pop(folder, { auth, tls })
  const again = await after.ready()
  expect((await hello(again, { token: good })).first).toMatchObject({ code: 'MP_TOKEN_REPLAYED' })
  expect((await hello(again, { token: good, resume: first.resume })).first).toMatchObject({ t: 'welcome' })
  expect(await after.stop('SIGTERM')).toBe(0)

  const key = readFileSync(join(folder, 'data', 'resume.key'), 'utf8').trim()
  const secrets = [first.resume, key, readFileSync(tls.keyFile, 'utf8').split('\n')[1] ?? '']
  for (const jwt of shown.filter((jwt) => jwt !== 'a.b.c')) secrets.push(...jwt.split('.').slice(1))
  for (const secret of secrets) expect(before.said + after.said).not.toContain(secret)
  expect(before.said).toContain('ready')
  for (const file of ['resume.key', 'used-tokens']) {
    expect([file, statSync(join(folder, 'data', file)).mode & 0o777]).toEqual([file, 0o600])
  }
})

test('an open PoP does not listen beyond this machine by accident', { timeout: TIMEOUT_MS }, async () => {
  const listen = { host: '0.0.0.0', port: 0, adminHost: '127.0.0.1', adminPort: 0 }
  const refused = new Pop(await dataFolder(), { listen })
  await expect(refused.ready()).rejects.toThrow('MP_OPEN_DOOR')
  expect(refused.child.exitCode).toBe(2)

  const meant = new Pop(await dataFolder(), { listen, door: { allowOpen: true } })
  await meant.ready()
  expect(meant.said).toContain('the door is open')
  expect(await meant.stop('SIGTERM')).toBe(0)
})
