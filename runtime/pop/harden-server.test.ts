// A server that many open connections to and say nothing, or speak slowly, while others want to be served.

import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterEach, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { DoorConfig } from '../broker/door.ts'
import { popConfigSchema } from '../pop-config.ts'
import { makeCertificate, noCertificates } from '../testing/certificates.ts'
import { systemClock } from './clock.ts'
import { HARDENED_OPTIONS, type HardenedServer, HEADER_BYTES_MAX, hardenServer } from './harden-server.ts'
import { readCertificate } from './tls.ts'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function config(silentMax: number): Pick<DoorConfig, 'door' | 'limits'> {
  const limits = { sessions: 5_000 } as DoorConfig['limits']
  return { door: popConfigSchema.shape.door.parse({ silentMax }), limits }
}

/** Serves `page`, and sessions that echo; a session is heard at its first message. */
async function serving(
  server: Server,
  silentMax: number,
): Promise<{ hardened: HardenedServer; port: number }> {
  const hardened = hardenServer(server, config(silentMax), systemClock.monotonicMs)
  server.on('request', (_, response) => response.end('page'))
  const sessions = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    sessions.handleUpgrade(request, socket, head, (session) => {
      session.on('message', (data) => {
        hardened.heard(socket)
        session.send(String(data))
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    for (const session of sessions.clients) session.terminate()
    await new Promise((resolve) => server.close(resolve))
  })
  return { hardened, port: (server.address() as AddressInfo).port }
}

/** A connection from a loopback address that sends `bytes` and no more. */
async function slow(port: number, from: string, bytes: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  socket.on('error', () => socket.destroy())
  closing.push(() => socket.destroy())
  await new Promise((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', resolve)
  })
  socket.write(bytes)
  return socket
}

async function page(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', agent: false }, (response) => {
      let text = ''
      response.on('data', (data) => {
        text += data
      })
      response.on('end', () => resolve(text))
    })
    asked.on('error', reject)
    asked.end()
  })
}

async function echoed(port: number, text: string): Promise<string> {
  const session = new WebSocket(`ws://127.0.0.1:${port}/`)
  closing.push(() => session.terminate())
  return new Promise((resolve, reject) => {
    session.on('error', reject)
    session.on('open', () => session.send(text))
    session.on('message', (data) => resolve(String(data)))
  })
}

test('2,000 connections that never finish their request do not keep a guest out', async () => {
  const { hardened, port } = await serving(createServer(HARDENED_OPTIONS), 500)
  const header = 'GET /session HTTP/1.1\r\nHost: pop\r\nX-Slow: '
  for (let from = 0; from < 2_000; from += 100) {
    await Promise.all(Array.from({ length: 100 }, () => slow(port, '127.0.0.66', header)))
  }
  expect(hardened.evicted).toBeGreaterThan(0)
  expect(hardened.silent).toBeLessThanOrEqual(500)
  expect(await page(port)).toBe('page')
  expect(await echoed(port, 'hello')).toBe('hello')
})

test('a session counts as silent until it was heard', async () => {
  const { hardened, port } = await serving(createServer(HARDENED_OPTIONS), 100)
  const session = new WebSocket(`ws://127.0.0.1:${port}/`)
  closing.push(() => session.terminate())
  await new Promise((resolve) => session.once('open', resolve))
  expect(hardened.silent).toBe(1)
  session.send('hello')
  await new Promise((resolve) => session.once('message', resolve))
  expect(hardened.silent).toBe(0)
})

test('a connection that says nothing, or half a header, is closed in time', async () => {
  const { hardened, port } = await serving(createServer(HARDENED_OPTIONS), 100)
  const closed = ['', 'GET / HTTP/1.1\r\nHost: po'].map(async (bytes) => {
    const socket = await slow(port, '127.0.0.1', bytes)
    socket.resume()
    await new Promise((resolve) => socket.once('close', resolve))
  })
  await Promise.all(closed)
  await vi.waitFor(() => expect(hardened.silent).toBe(0))
}, 15_000)

test('a header that is too long is answered with 431', async () => {
  const { port } = await serving(createServer(HARDENED_OPTIONS), 100)
  const socket = await slow(
    port,
    '127.0.0.1',
    `GET / HTTP/1.1\r\nHost: ${'x'.repeat(HEADER_BYTES_MAX)}\r\n\r\n`,
  )
  const answer = await new Promise((resolve) => socket.once('data', (data) => resolve(String(data))))
  expect(answer).toMatch(/^HTTP\/1.1 431 /)
})

test('under TLS too a connection is silent until it has asked, and no longer', async (context) => {
  const missing = noCertificates()
  context.skip(missing !== null, missing ?? '')
  const folder = await mkdtemp(join(tmpdir(), 'harden-'))
  closing.push(() => rm(folder, { recursive: true }))
  const { options } = await readCertificate(makeCertificate(folder, 'pop'), systemClock.wallMs())
  const { hardened, port } = await serving(createTlsServer({ ...HARDENED_OPTIONS, ...options }), 100)
  const silent = await slow(port, '127.0.0.66', '')
  const asking = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  closing.push(() => asking.destroy())
  await new Promise<void>((resolve) => asking.once('secureConnect', resolve))
  expect(hardened.silent).toBe(2)
  asking.write('GET / HTTP/1.1\r\nHost: pop\r\n\r\n')
  await new Promise((resolve) => asking.once('data', resolve))
  expect(hardened.silent).toBe(1)
  silent.destroy()
  await vi.waitFor(() => expect(hardened.silent).toBe(0))
})
