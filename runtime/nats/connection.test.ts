// Where NATS is, by the environment: credentials are taken apart from the URL, and no message repeats them.
import { expect, test } from 'vitest'
import { connectNats, natsFromEnvironment } from './connection.ts'

test('without NATS_URL there is no NATS', () => {
  expect(natsFromEnvironment({})).toBeNull()
  expect(natsFromEnvironment({ NATS_URL: '', NATS_TOKEN: 'x' })).toBeNull()
})

test('user and password leave the URL, which may be logged then', () => {
  const env = { NATS_URL: 'tls://hall:p%40ss@hub.example:4222', NATS_CA: '/etc/ca.pem' }
  expect(natsFromEnvironment(env)).toEqual({
    url: 'tls://hub.example:4222',
    user: 'hall',
    password: 'p@ss',
    caFile: '/etc/ca.pem',
  })
  expect(natsFromEnvironment({ NATS_URL: 'nats://hub', NATS_TOKEN: 't', NATS_CREDS: '/c' })).toEqual({
    url: 'nats://hub',
    token: 't',
    credsFile: '/c',
  })
})

test.each(['hub:4222', 'http://hall:secret@hub', 'nats://', 'nats:hall:secret'])(
  'what is no URL of NATS is refused without quoting it: %s',
  (url) => {
    const read = () => natsFromEnvironment({ NATS_URL: url })
    expect(read).toThrow('NATS_URL is no nats:// or tls:// URL')
    expect(read).not.toThrow('secret')
  },
)

test('credentials that cannot be read are said to be missing, by file', async () => {
  const connecting = connectNats(
    { url: 'nats://127.0.0.1:9', credsFile: '/nowhere/creds' },
    'test',
    '_INBOX.test',
  )
  await expect(connecting).rejects.toMatchObject({ code: 'MP_NATS_FILE', message: /\/nowhere\/creds/ })
})

test('a certificate without its key, and a key without its certificate, are refused', () => {
  const at = { NATS_URL: 'tls://hub' }
  expect(natsFromEnvironment({ ...at, NATS_CERT: '/c', NATS_KEY: '/k' })).toMatchObject({
    certFile: '/c',
    keyFile: '/k',
  })
  expect(() => natsFromEnvironment({ ...at, NATS_CERT: '/c' })).toThrow('NATS_KEY is not')
  expect(() => natsFromEnvironment({ ...at, NATS_KEY: '/k' })).toThrow('NATS_CERT is not')
})
