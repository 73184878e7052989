// Which requests may open a session.
import { describe, expect, test } from 'vitest'
import { type PopConfig, popConfigSchema } from '../pop-config.ts'
import { Door, type DoorConfig, doorOfThread, refusalResponse, type UpgradeRequest } from './door.ts'

const { auth, door } = popConfigSchema.shape
const TOKENS = auth.parse({
  issuer: 'i',
  audience: 'a',
  jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'k', x: 'A'.repeat(43) }] },
})

interface Setting {
  auth?: PopConfig['auth']
  door?: Partial<PopConfig['door']>
  sessions?: number
  host?: string
}

function config({
  auth = 'open',
  door: stated = {},
  sessions = 100,
  host = '127.0.0.1',
}: Setting = {}): DoorConfig {
  const limits = { sessions } as PopConfig['limits']
  return { auth, door: door.parse(stated), limits, listen: { host } as PopConfig['listen'] }
}

function request(headers: UpgradeRequest['headers'] = {}, url = '/session'): UpgradeRequest {
  return {
    url,
    headers: { 'sec-websocket-protocol': 'micropop.v1', ...headers },
    socket: { remoteAddress: '203.0.113.7' },
  }
}

function decided(setting: Setting, asked: UpgradeRequest): number | 'in' {
  const decision = new Door(config(setting), () => 0).admit(asked)
  return decision.ok ? 'in' : decision.status
}

test('a session is opened at its path, with its subprotocol', () => {
  expect(decided({}, request())).toBe('in')
  expect(decided({}, request({}, '/session?from=page'))).toBe('in')
  expect(decided({}, request({}, '/'))).toBe(404)
  expect(decided({}, request({ 'sec-websocket-protocol': 'graphql-ws' }))).toBe(400)
  expect(decided({}, request({ 'sec-websocket-protocol': 'other, micropop.v1' }))).toBe('in')
})

describe('pages of', () => {
  const from = (origin: string) => request({ origin })

  test('origins in the list may connect, and no others', () => {
    const setting = { door: { origins: ['https://summit.example.org', 'http://localhost:3000'] } }
    expect(decided(setting, from('https://summit.example.org'))).toBe('in')
    expect(decided(setting, from('http://localhost:3000'))).toBe('in')
    for (const other of ['http://summit.example.org', 'https://summit.example.org.evil.test', 'null', '']) {
      expect(decided(setting, from(other))).toBe(403)
    }
    expect(decided(setting, request())).toBe('in')
  })

  test('elsewhere do not reach an open PoP on the visitor’s own machine', () => {
    for (const own of ['http://localhost:7070', 'http://127.0.0.1:8080', 'http://[::1]:7070']) {
      expect(decided({}, from(own))).toBe('in')
    }
    for (const other of ['https://evil.test', 'http://evil.test:7070', 'null', '127.0.0.1']) {
      expect(decided({}, from(other))).toBe(403)
    }
  })

  test.each<[string, Setting]>([
    ['asks for tokens', { auth: TOKENS }],
    ['is reached from elsewhere', { host: '0.0.0.0' }],
    ['stands behind a proxy', { door: { trustedProxies: ['10.0.0.0/8'] } }],
  ])('anywhere may connect to a PoP that %s', (_, setting) => {
    expect(decided(setting, from('https://site.example.org'))).toBe('in')
  })
})

test('a session is counted for its client behind a trusted proxy', () => {
  const gate = new Door(config({ door: { trustedProxies: ['203.0.113.0/24'] } }), () => 0)
  const entry = gate.admit(request({ 'x-forwarded-for': '1.1.1.1, 2001:db8::7' }))
  expect(entry).toMatchObject({ ok: true, address: '2001:db8:0:0::/64' })
})

test('a full PoP says when to come back, and a session gives its place back once', () => {
  const gate = new Door(config({ sessions: 2 }), () => 0)
  const entries = [gate.admit(request()), gate.admit(request())]
  expect(gate.admit(request())).toMatchObject({ ok: false, status: 503, retryAfterS: 10 })
  for (const entry of entries.slice(0, 1)) {
    if (!entry.ok) throw new Error(entry.why)
    entry.release()
    entry.release()
  }
  expect(gate.sessions).toBe(1)
  expect(gate.admit(request()).ok).toBe(true)
})

test('who knocks too often is told to wait, and costs nobody else', () => {
  let nowMs = 0
  const gate = new Door(config({ door: { handshakesPerS: 10, handshakesBurst: 10 } }), () => nowMs)
  const results = Array.from({ length: 9 }, () => gate.admit(request()))
  expect(results.map(({ ok }) => ok).lastIndexOf(true)).toBe(7)
  expect(results[8]).toMatchObject({ status: 429, retryAfterS: 1 })
  const other = { ...request(), socket: { remoteAddress: '198.51.100.1' } }
  expect(gate.admit(other).ok).toBe(true)
  nowMs = 125
  expect(gate.admit(request()).ok).toBe(true)
})

test('the doors of two threads share what one would have', () => {
  const half = doorOfThread(config({ sessions: 101, door: { handshakesPerS: 100 } }), 2)
  expect(half).toMatchObject({
    limits: { sessions: 51 },
    door: { handshakesPerS: 50, handshakesBurst: 2_500, silentMax: 2_048 },
  })
})

test('a refusal is a whole HTTP response', () => {
  expect(refusalResponse({ ok: false, status: 503, why: 'the PoP is full', retryAfterS: 10 })).toBe(
    'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\n' +
      'Content-Type: text/plain\r\nContent-Length: 15\r\n\r\nthe PoP is full',
  )
})
