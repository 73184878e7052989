// A certificate authority and a zone for tests: Pebble, which is Let's Encrypt's own for tests, and its DNS server.
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort } from '../runtime/free-ports.ts'
import { makeCertificate, noCertificates } from '../runtime/testing/certificates.ts'
import { onPath } from '../tools/setup/path.mjs'

/** Why there is none here, or null. */
export function noAuthority(): string | null {
  const missing = ['pebble', 'pebble-challtestsrv'].filter((program) => onPath(program) === null)
  if (missing.length > 0) return `not on PATH: ${missing.join(', ')} (node tools/setup.mjs --servers)`
  return noCertificates()
}

export interface TestAuthority {
  directoryUrl: string
  /** PEM file of the authority of the directory's own certificate. */
  caFile: string
  /** HOST:PORT of the server of every zone. */
  dnsServer: string
  /** A hook that sets records there. */
  hook: string
  /** PEM of the root that issues. */
  root: () => Promise<string>
  /** Values of a TXT record. */
  records: (name: string) => Promise<string[]>
  close: () => Promise<void>
}

/** `folder` is the caller's to remove. */
export async function startAuthority(folder: string): Promise<TestAuthority> {
  const [directory, management, dns, challenges, unused] = await Promise.all(
    Array.from({ length: 5 }, () => freePort()),
  )
  const { certFile, keyFile } = makeCertificate(folder, 'authority')
  const config = join(folder, 'pebble.json')
  const pebble = {
    listenAddress: `127.0.0.1:${directory}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: certFile,
    privateKey: keyFile,
    httpPort: unused,
    tlsPort: unused,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
  }
  writeFileSync(config, JSON.stringify({ pebble }))
  const dnsServer = `127.0.0.1:${dns}`
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '']
  const started = [
    run('pebble-challtestsrv', [...off, '-dns01', dnsServer, '-management', `127.0.0.1:${challenges}`]),
    run('pebble', ['-config', config, '-dnsserver', dnsServer]),
  ]
  const zone = `http://127.0.0.1:${challenges}`
  const hook = join(folder, 'hook')
  writeFileSync(hook, hookScript(zone), { mode: 0o755 })
  const ask = async (url: string) => {
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      get(url, { rejectUnauthorized: false, agent: false }, resolve).once('error', reject)
    })
    return await text(response)
  }
  const directoryUrl = `https://localhost:${directory}/dir`
  await Promise.all([untilAnswers(() => ask(directoryUrl)), untilAnswers(() => fetch(`${zone}/`))])
  return {
    directoryUrl,
    caFile: certFile,
    dnsServer,
    hook,
    root: () => ask(`https://localhost:${management}/roots/0`),
    records: async (name) => {
      const { Resolver } = await import('node:dns/promises')
      const resolver = new Resolver({ timeout: 2_000, tries: 2 })
      resolver.setServers([dnsServer])
      return (await resolver.resolveTxt(name).catch(() => [])).flat()
    },
    close: async () => {
      await Promise.all(started.map(ended))
    },
  }
}

function run(program: string, args: string[]): ChildProcess {
  return spawn(program, args, {
    stdio: 'ignore',
    // Pebble waits some seconds before it looks, and refuses a good nonce now and then, both to test clients.
    env: { ...process.env, PEBBLE_VA_NOSLEEP: '1' },
  })
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

async function untilAnswers(ask: () => Promise<unknown>): Promise<void> {
  const { vi } = await import('vitest')
  await vi.waitFor(ask, { timeout: 10_000, interval: 50 })
}

/** Beside every other record of the name, as a hook is to: the DNS server of Pebble keeps a list. */
function hookScript(zone: string): string {
  return `#!${process.execPath}
const [action, name, value] = process.argv.slice(2)
const path = action === 'present' ? '/set-txt' : '/clear-txt'
fetch('${zone}' + path, { method: 'POST', body: JSON.stringify({ host: name + '.', value }) })
  .then((answer) => process.exit(answer.ok ? 0 : 1))
`
}
