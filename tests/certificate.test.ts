// `micropop certificate` against a real authority: obtained, kept, renewed, refused, and held against the event's window.
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../runtime/free-ports.ts'
import type { CertificateState } from '../runtime/operations/certificates/states.ts'
import { systemClock } from '../runtime/pop/clock.ts'
import { readCertificate } from '../runtime/pop/tls.ts'
import { makeCertificate } from '../runtime/testing/certificates.ts'
import { ROOT } from './source-tree.ts'
import { noAuthority, startAuthority, type TestAuthority } from './test-authority.ts'

const TIMEOUT_MS = 60_000
const DAY_MS = 86_400_000
const NAME = 'hall.summit.events.example.com'
const RECORD = `_acme-challenge.${NAME}`

const folder = mkdtempSync(join(tmpdir(), 'micropop-certificate-'))
const missing = noAuthority()
let authority: TestAuthority

beforeAll(async () => {
  if (missing === null) authority = await startAuthority(folder)
}, TIMEOUT_MS)
beforeEach((context) => context.skip(missing !== null, missing ?? ''))
afterAll(async () => {
  await authority?.close()
  rmSync(folder, { recursive: true })
})

/** An event that ends so many days from now. */
function eventFile(days: number): string {
  const file = join(folder, `event-${days}.yaml`)
  const starts = new Date(systemClock.wallMs() + (days - 1) * DAY_MS).toISOString().slice(0, 10)
  const text = `micropop: 1
event: { name: summit, title: Summit, region: eu-west-1, timezone: UTC }
show:
  starts: ${starts}T09:00
  runOfShow: [{ name: keynote, duration: 1h, engagement: high }]
venues:
  hall:
    placement: on-site
    attendees: 100
    access: [{ technology: wifi_5GHz, signal: strong }]
    uplink: { rate: 20 Mbit/s, rtt: 30ms }
    pop: { platform: k3s, cores: 4, memory: 16 GB }
central: { zone: events.example.com }
`
  writeFileSync(file, text)
  return file
}

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

async function certificate(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'micropop.mjs'), 'certificate', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: authority.caFile },
  })
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, stdout, stderr }
}

function obtain(event: string, out: string, ...more: string[]): Promise<Ended> {
  const { directoryUrl, dnsServer, hook } = authority
  const given = ['--dns-hook', hook, '--agree-tos', '--directory', directoryUrl, '--dns-server', dnsServer]
  return certificate('obtain', event, '--out', out, ...given, ...more)
}

async function states(
  event: string,
  out: string,
): Promise<{ code: number | null; states: CertificateState[] }> {
  const { code, stdout } = await certificate('status', event, '--out', out, '--format', 'json')
  return { code, states: JSON.parse(stdout) }
}

const filesOf = (out: string) => ({
  certFile: join(out, 'hall', 'fullchain.pem'),
  keyFile: join(out, 'hall', 'privkey.pem'),
})

test(
  'a certificate is obtained that a client trusts, its keys for this user alone, and the record is gone again',
  async () => {
    const [event, out] = [eventFile(30), join(folder, 'obtained')]
    expect(await states(event, out)).toMatchObject({
      code: 1,
      states: [{ venue: 'hall', name: NAME, outlasts: false, fault: 'there is none' }],
    })
    const { code, stdout, stderr } = await obtain(event, out)
    expect(stderr).not.toContain('PRIVATE KEY')
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stdout).toContain(`${NAME}: obtained, ends 20`)
    expect(await authority.records(RECORD)).toEqual([])
    for (const secret of ['account-key.pem', 'hall/privkey.pem']) {
      expect(statSync(join(out, secret)).mode & 0o777, secret).toBe(0o600)
    }

    const files = { ...filesOf(out), name: NAME }
    const { options, expiresAtMs } = await readCertificate(files, systemClock.wallMs())
    const server = createServer(options).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const client = connect({ port, host: '127.0.0.1', servername: NAME, ca: await authority.root() })
    await once(client, 'secureConnect')
    expect(client.authorized).toBe(true)
    client.destroy()
    server.close()
    expect(await states(event, out)).toMatchObject({
      code: 0,
      states: [{ outlasts: true, fault: null, expiresAtMs }],
    })

    const kept = readFileSync(files.certFile, 'utf8')
    expect((await obtain(event, out)).stdout).toContain(`${NAME}: kept, ends 20`)
    expect(readFileSync(files.certFile, 'utf8')).toBe(kept)
  },
  TIMEOUT_MS,
)

test(
  'one for another name is told of, and another is obtained with a key of its own by the same account',
  async () => {
    const [event, out] = [eventFile(30), join(folder, 'renewed')]
    expect((await obtain(event, out)).code).toBe(0)
    const account = readFileSync(join(out, 'account-key.pem'), 'utf8')
    const former = readFileSync(filesOf(out).keyFile, 'utf8')
    const other = makeCertificate(folder, 'other', 90, 'DNS:other.example.com')
    for (const file of ['certFile', 'keyFile'] as const) {
      writeFileSync(filesOf(out)[file], readFileSync(other[file]))
    }
    const before = await states(event, out)
    expect(before).toMatchObject({
      code: 1,
      states: [
        { outlasts: false, fault: `the certificate is not for ${NAME} but for DNS:other.example.com` },
      ],
    })
    const again = await obtain(event, out)
    expect(again, again.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('obtained') })
    expect(await states(event, out)).toMatchObject({ code: 0, states: [{ outlasts: true }] })
    expect(readFileSync(join(out, 'account-key.pem'), 'utf8')).toBe(account)
    expect(readFileSync(filesOf(out).keyFile, 'utf8')).not.toBe(former)
  },
  TIMEOUT_MS,
)

test(
  'years ahead one is obtained, kept while it is fresh, and it says from when on another is of use',
  async () => {
    const [event, out] = [eventFile(4_000), join(folder, 'ahead')]
    const { code, stdout } = await obtain(event, out)
    expect(code).toBe(0)
    expect(stdout).toMatch(/obtained, ends .*; obtain another from \d{4}-/)
    expect((await obtain(event, out)).stdout).toMatch(/kept, ends .*; obtain another from/)
    const { code: status, states: found } = await states(event, out)
    expect(status).toBe(1)
    const { validTo } = new X509Certificate(readFileSync(filesOf(out).certFile))
    expect(found[0]).toMatchObject({ outlasts: false, expiresAtMs: Date.parse(validTo) })
  },
  TIMEOUT_MS,
)

test(
  'what goes wrong is told with what to do, and leaves neither certificate nor record',
  async () => {
    const event = eventFile(30)
    const out = join(folder, 'refused')
    const { directoryUrl, hook, dnsServer } = authority
    const failing = join(folder, 'failing-hook')
    writeFileSync(failing, '#!/bin/sh\nexit 7\n', { mode: 0o755 })
    const idle = join(folder, 'idle-hook')
    writeFileSync(idle, '#!/bin/sh\n', { mode: 0o755 })
    const common = ['obtain', event]
    const at = ['--directory', directoryUrl, '--dns-server', dnsServer]
    const cases: [string[], number, string][] = [
      [[...common, ...at, '--dns-hook', hook], 2, 'MP_ACME_TERMS'],
      [[...common, ...at, '--dns-hook', failing, '--agree-tos'], 3, 'present .* exit code 7 .*MP_DNS_HOOK'],
      [[...common, ...at, '--dns-hook', join(folder, 'none'), '--agree-tos'], 3, 'ENOENT .*MP_DNS_HOOK'],
      [
        [...common, ...at, '--dns-hook', idle, '--agree-tos', '--dns-timeout', '1s'],
        3,
        `${RECORD} is not served by ${dnsServer} .*MP_DNS_NOT_SEEN`,
      ],
      [
        [
          ...common,
          '--directory',
          `https://localhost:${await freePort()}/dir`,
          '--dns-hook',
          hook,
          '--agree-tos',
        ],
        3,
        'ECONNREFUSED.*MP_ACME_UNREACHABLE',
      ],
      [[...common, '--dns-hook', hook, '--venue', 'attic'], 2, 'MP_VENUE_UNKNOWN'],
      [[...common, '--dns-hook', hook, '--directory', 'http://authority'], 2, 'must be an https URL'],
    ]
    // A folder for each: one at a time works in one.
    const found = await Promise.all(
      cases.map(([args], i) => certificate(...args, '--out', join(out, String(i)))),
    )
    for (const [i, [, exitCode, message]] of cases.entries()) {
      expect(found[i]?.stderr).toMatch(new RegExp(message))
      expect(found[i]?.code, message).toBe(exitCode)
    }
    for (const i of cases.keys()) expect(existsSync(filesOf(join(out, String(i))).certFile)).toBe(false)
    expect(await authority.records(RECORD)).toEqual([])
  },
  TIMEOUT_MS,
)
