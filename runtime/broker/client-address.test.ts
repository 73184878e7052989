// Whose address a request is counted for.
import { expect, test } from 'vitest'
import { ClientAddresses, isLoopback } from './client-address.ts'

const direct = new ClientAddresses([])
const proxied = new ClientAddresses(['10.0.0.0/8', 'fd00::/8'])

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s is counted as %s', (address, counted) => {
  expect(direct.of(address, undefined)).toBe(counted)
})

test.each([
  ['is not believed from a stranger', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
  ['gives the client behind a trusted proxy', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
  [
    'counts from the right: what stands left the client may have made up',
    '10.0.0.1',
    '1.1.1.1, 198.51.100.1',
    '198.51.100.1',
  ],
  ['passes over trusted proxies in a row', '10.0.0.1', '198.51.100.1, 10.9.9.9, fd00::2', '198.51.100.1'],
  ['that is missing leaves the proxy itself', '10.0.0.1', undefined, '10.0.0.1'],
  ['that is no address ends there', '10.0.0.1', '198.51.100.1, unknown', '10.0.0.1'],
  ['of trusted proxies alone gives the leftmost', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['may name IPv6 clients', '::ffff:10.0.0.1', '2001:db8::1', '2001:db8:0:0::/64'],
  [
    'of any length is read from its end',
    '10.0.0.1',
    `${'10.0.0.9,'.repeat(10_000)}198.51.100.1`,
    '198.51.100.1',
  ],
])('X-Forwarded-For %s', (_, remote, forwardedFor, counted) => {
  expect(proxied.of(remote, forwardedFor)).toBe(counted)
})

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', '::ffff:127.0.0.1'])(
  '%s is this machine alone',
  (host) => {
    expect(isLoopback(host)).toBe(true)
  },
)

test.each(['0.0.0.0', '::', '192.168.1.1', '127.evil.example', 'localhost.example.org'])(
  '%s is not',
  (host) => {
    expect(isLoopback(host)).toBe(false)
  },
)
