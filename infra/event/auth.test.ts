// An event that asks for tokens names the keys that they are verified with.
import { expect, test } from 'vitest'
import { loadEvent } from './load.ts'
import { complaints, EVENT, eventFolder, MARK, markOf } from './test-event.ts'

const PUBLIC = { kty: 'OKP', crv: 'Ed25519', kid: 'one', alg: 'EdDSA', x: 'A'.repeat(43) }

const keySet = (...keys: object[]) => JSON.stringify({ keys })

function event(auth: string): string {
  return `${EVENT}auth: ${auth}\n`
}

test('the keys are part of the event; what else a key set says of them is not', () => {
  const folder = eventFolder({
    event: event('{ issuer: https://tickets.example.org, jwks: keys.json }'),
    others: { 'keys.json': keySet({ ...PUBLIC, use: 'sig', x5t: 'thumbprint' }) },
  })
  expect(loadEvent(`${folder}/event.yaml`).auth).toEqual({
    issuer: 'https://tickets.example.org',
    audience: 'test-event',
    jwks: { keys: [PUBLIC] },
  })
})

test('tokens may be for another audience than the event’s name', () => {
  const folder = eventFolder({
    event: event('{ issuer: tickets, audience: all-halls, jwks: keys.json }'),
    others: { 'keys.json': keySet(PUBLIC) },
  })
  expect(loadEvent(`${folder}/event.yaml`).auth?.audience).toBe('all-halls')
})

test.each([
  ['is no JSON', 'keys', 'it is not JSON'],
  ['has no keys', keySet(), 'keys: '],
  ['holds a private key', keySet({ ...PUBLIC, d: 'A'.repeat(43) }), 'keys.0.d: this is a private key'],
  ['has a key for another algorithm', keySet({ ...PUBLIC, alg: 'HS256' }), 'keys.0.alg: '],
  ['has a shared secret', keySet({ kty: 'oct', kid: 'one', k: 'AAAA' }), 'keys.0.kty: '],
  ['has two keys of one name', keySet(PUBLIC, PUBLIC), 'keys: two keys have the same kid'],
])('a key set that %s is refused where it is named', (_, keys, why) => {
  const text = event(`{ issuer: tickets, jwks: ${MARK}keys.json }`)
  const [complaint] = complaints({ event: text, others: { 'keys.json': keys } })
  expect(complaint).toContain(markOf('event.yaml', text))
  expect(complaint).toContain(`key set "keys.json": ${why}`)
})
