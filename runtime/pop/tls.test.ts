// The PoP's certificate: what is refused at start, and a renewal while sessions are open.
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { makeCertificate, noCertificates } from '../testing/certificates.ts'
import { systemClock } from './clock.ts'
import { readCertificate, type TlsFiles, warnOfExpiry, watchCertificate } from './tls.ts'

/** Later than the certificates that a test makes. */
const NOW_MS = systemClock.wallMs() + 60_000
const DAY_MS = 24 * 3_600_000

let folder: string
const closing: (() => unknown)[] = []

beforeEach(async (context) => {
  const missing = noCertificates()
  context.skip(missing !== null, missing ?? '')
  folder = await mkdtemp(join(tmpdir(), 'tls-'))
})

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await rm(folder, { recursive: true })
})

function logged() {
  const lines: string[] = []
  return { lines, logger: pino({ level: 'debug' }, { write: (line: string) => lines.push(line) }) }
}

async function listening(files: TlsFiles): Promise<{ server: Server; port: number }> {
  const { options } = await readCertificate(files, NOW_MS)
  const server = createServer(options, (_, response) => response.end('page'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return { server, port: (server.address() as AddressInfo).port }
}

/** The name on the certificate that a new connection is shown. */
async function shownName(port: number, options: object = {}): Promise<string> {
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    const opened = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () =>
      resolve(opened),
    )
    opened.once('error', reject)
  })
  const name = String(socket.getPeerCertificate().subject.CN)
  socket.destroy()
  return name
}

test('pages and sessions come over TLS at one port, TLS 1.1 does not', async () => {
  const { server, port } = await listening(makeCertificate(folder, 'first'))
  const sessions = new WebSocketServer({ server })
  sessions.on('connection', (session) => session.send('hello'))
  closing.push(() => sessions.close())
  const client = new WebSocket(`wss://127.0.0.1:${port}`, { rejectUnauthorized: false })
  closing.push(() => client.terminate())
  const message = await new Promise((resolve) => client.once('message', (data) => resolve(String(data))))
  expect(message).toBe('hello')
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
  await expect(shownName(port, old)).rejects.toThrow(/protocol version|unsupported/i)
})

test('a renewed certificate is shown to new connections, and open ones stay', async () => {
  const files = makeCertificate(folder, 'first')
  const { server, port } = await listening(files)
  const { lines, logger } = logged()
  const ends: number[] = []
  closing.push(
    watchCertificate(server, {
      ...{ files, logger, wallMs: () => NOW_MS, lookEveryMs: 20 },
      renewed: (expiresAtMs) => ends.push(expiresAtMs),
    }),
  )
  const open = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await new Promise<void>((resolve) => open.once('secureConnect', resolve))
  closing.push(() => open.destroy())

  const renewed = makeCertificate(folder, 'second', 60)
  await copyFile(renewed.certFile, files.certFile)
  await vi.waitFor(() => expect(lines.join()).toContain('a changed certificate is not used'), 5_000)
  expect(await shownName(port)).toBe('first')
  await copyFile(renewed.keyFile, files.keyFile)
  await vi.waitFor(() => expect(lines.join()).toContain('the certificate was renewed'), 5_000)
  expect(await shownName(port)).toBe('second')
  expect(ends.at(-1)).toBe((await readCertificate(files, NOW_MS)).expiresAtMs)

  const answer = new Promise((resolve) => open.once('data', (data) => resolve(String(data))))
  open.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  expect(await answer).toMatch(/^HTTP\/1.1 200/)
  expect(lines.join()).not.toMatch(/PRIVATE KEY/)
})

test('files that cannot be used are named, with what to do', async () => {
  const good = makeCertificate(folder, 'good')
  const other = makeCertificate(folder, 'other')
  const garbage = join(folder, 'garbage')
  await writeFile(garbage, 'no PEM')
  const failures: [TlsFiles, string, number][] = [
    [{ ...good, keyFile: join(folder, 'none') }, 'MP_TLS_MISSING', 3],
    [{ ...good, certFile: join(folder, 'none') }, 'MP_TLS_MISSING', 3],
    [{ ...good, certFile: garbage }, 'MP_TLS_INVALID', 2],
    [{ ...good, keyFile: garbage }, 'MP_TLS_INVALID', 2],
    [{ ...good, keyFile: other.keyFile }, 'MP_TLS_MISMATCH', 2],
    [{ ...good, name: 'hall.example.com' }, 'MP_TLS_NAME', 2],
  ]
  for (const [files, code, exitCode] of failures) {
    await expect(readCertificate(files, NOW_MS)).rejects.toMatchObject({ code, exitCode })
  }
  expect(await readCertificate({ ...good, name: 'localhost' }, NOW_MS)).toHaveProperty('expiresAtMs')
  const sooner = readCertificate(good, NOW_MS - 2 * DAY_MS)
  await expect(sooner).rejects.toMatchObject({ code: 'MP_TLS_NOT_YET', exitCode: 2 })
  const later = readCertificate(good, NOW_MS + 31 * DAY_MS)
  await expect(later).rejects.toMatchObject({ code: 'MP_TLS_EXPIRED', exitCode: 2 })
})

test('a certificate that ends within a week is told of', async () => {
  for (const [days, told] of [
    [6, 1],
    [30, 0],
  ] as const) {
    const { lines, logger } = logged()
    const files = makeCertificate(folder, `days-${days}`, days)
    warnOfExpiry(await readCertificate(files, NOW_MS), files, NOW_MS, logger)
    expect(lines).toHaveLength(told)
  }
})
