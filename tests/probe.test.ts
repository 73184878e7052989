// `micropop probe` against real PoPs, and against what is none: the report, the exit code, and no trace where none is wanted.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { freePort } from '../runtime/free-ports.ts'
import type { ProbeReport } from '../runtime/operations/probe.ts'
import { systemClock } from '../runtime/pop/clock.ts'
import { makeCertificate, noCertificates } from '../runtime/testing/certificates.ts'
import { newKeyPair, tokenSigner } from '../runtime/token-keys.ts'
import { dataFolder, metric, open, queueState, start } from './running-pop.ts'
import { ROOT } from './source-tree.ts'

const TIMEOUT_MS = 30_000

async function probe(...args: string[]): Promise<{ code: number; reports: ProbeReport[]; stderr: string }> {
  const command = [join(ROOT, 'cli', 'micropop.mjs'), 'probe', '--format', 'json', ...args]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code], out, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number]>,
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, reports: out === '' ? [] : JSON.parse(out), stderr }
}

test(
  'a PoP that serves: a session, its round trip, a message to the disk and back, its version',
  async () => {
    const pop = await start()
    const { code, reports } = await probe(`http://127.0.0.1:${pop.port}`)
    expect(code).toBe(0)
    const [report] = reports
    expect(report).toMatchObject({ serves: true, fault: null, pop: 'hall', version: packageJson.version })
    expect(report?.connectMs).toBeGreaterThan(0)
    expect(report?.roundTripMs).toBeGreaterThan(0)
    expect(report?.publishMs).toBeGreaterThan(0)
    expect((await queueState(pop)).committed).toBe(1)
  },
  TIMEOUT_MS,
)

test(
  '--read-only leaves no trace in the log',
  async () => {
    const pop = await start()
    const { code, reports } = await probe('--read-only', `ws://127.0.0.1:${pop.port}/session`)
    expect(code).toBe(0)
    expect(reports[0]).toMatchObject({ serves: true, publishMs: null, notPublished: null })
    expect((await queueState(pop)).committed).toBe(0)
  },
  TIMEOUT_MS,
)

test(
  'over TLS it tells how long the certificate is good for, and does not trust one of an unknown authority',
  async (context) => {
    const missing = noCertificates()
    context.skip(missing !== null, missing ?? '')
    const files = makeCertificate(await dataFolder(), 'hall', 12)
    const pop = await start({ tls: files })
    const url = `https://localhost:${pop.port}`
    const [refused, trusted] = await Promise.all([probe(url), probe('--ca', files.certFile, url)])
    expect(refused.code).toBe(1)
    expect(refused.reports[0]?.fault).toContain('self-signed certificate')
    expect(trusted.code).toBe(0)
    expect(await metric(pop, 'micropop_certificate_expires_timestamp_seconds')).toBeGreaterThan(
      systemClock.wallMs() / 1_000 + 11 * 24 * 3_600,
    )
    const { validTo } = new (await import('node:crypto')).X509Certificate(readFileSync(files.certFile))
    expect(trusted.reports[0]).toMatchObject({ serves: true, certificateExpiresAtMs: Date.parse(validTo) })
  },
  TIMEOUT_MS,
)

test(
  'a PoP that asks for tokens serves without one, and a whole session is tried with one',
  async () => {
    const keys = await newKeyPair('EdDSA', 'one')
    const auth = { issuer: 'tickets', audience: 'summit', jwks: { keys: [keys.public] }, clockToleranceS: 30 }
    const pop = await start({ auth })
    const url = `http://127.0.0.1:${pop.port}`
    const without = await probe(url)
    expect(without.code).toBe(0)
    expect(without.reports[0]?.notPublished).toContain('--token-file')

    const nowS = Math.floor(systemClock.wallMs() / 1_000)
    const claims = { client: 'prober', issuer: 'tickets', audience: 'summit', jti: 'one' }
    const token = await (await tokenSigner(keys.signing))({
      ...claims,
      issuedAtS: nowS,
      expiresAtS: nowS + 60,
    })
    const file = join(await dataFolder(), 'token')
    writeFileSync(file, `${token}\n`)
    const withToken = await probe('--token-file', file, url)
    expect(withToken.reports[0]).toMatchObject({ serves: true, fault: null, notPublished: null })
    expect(withToken.reports[0]?.publishMs).toBeGreaterThan(0)

    // Each token opens one session: the second time the PoP refuses it, and the probe says so.
    const again = await probe('--token-file', file, url)
    expect(again.code).toBe(1)
    expect(again.reports[0]?.fault).toContain('MP_TOKEN_REPLAYED')
    expect(JSON.stringify(again)).not.toContain(token)
  },
  TIMEOUT_MS,
)

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => server.close() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test(
  'what is no PoP, what is silent and what is not there end with 1, each with its fault; the good one is still told',
  async () => {
    const pop = await start()
    const nobody = `http://127.0.0.1:${await freePort()}`
    const web = await listening(createServer((_request, response) => response.end('hello')))
    const silent = await listening(
      createTcpServer((socket) => void socket.on('error', () => socket.destroy())),
    )
    const good = `http://127.0.0.1:${pop.port}`
    const { code, reports } = await probe('--timeout', '3', good, nobody, web, silent)
    expect(code).toBe(1)
    expect(reports.map(({ serves }) => serves)).toEqual([true, false, false, false])
    expect(reports[1]?.fault).toContain('ECONNREFUSED')
    expect(reports[2]?.fault).toContain('HTTP 200')
    expect(reports[3]?.fault).toContain('no connection in time')
  },
  TIMEOUT_MS,
)

test.for(['ftp://hall', 'https://hall/elsewhere', 'https://user@hall', ''])(
  '%j is refused as an address, with what to write',
  async (url) => {
    const { code, stderr } = await probe(url)
    expect(code).toBe(2)
    expect(stderr).toContain('MP_POP_URL')
    expect(stderr).toContain('https://NAME')
  },
)
