// What is deployed is what docs/nats shows, which the tests of several PoPs run.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { hubConfig, leafConfig, withoutTls } from './server-config.ts'

const DOCS = resolve(import.meta.dirname, '../../docs/nats')

/** Without what its head says to people. */
async function documented(name: string): Promise<string> {
  return (await readFile(join(DOCS, name), 'utf8')).replace(/^(#.*\n)+/, '')
}

test('the documented hub and leaf node are what a deployment makes', async () => {
  const password = (user: string) => `$${user.toUpperCase()}_PASSWORD`
  const hub = hubConfig({ event: 'summit', pops: ['hall', 'annex'], password })
  expect(await documented('hub.conf')).toBe(hub)
  expect(await documented('leaf.conf')).toBe(leafConfig({ tls: false }))
})

test('a leaf node elsewhere speaks TLS from its first byte', () => {
  expect(leafConfig({ tls: true })).toContain('handshake_first: true')
  expect(withoutTls(leafConfig({ tls: true }))).toBe(leafConfig({ tls: false }))
})
