// A deployed leaf node and a deployed hub, with what ends TLS between them, as central's load balancer does.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { diesWithUs } from '../central/testing/dies-with-us.ts'
import { freePort } from '../free-ports.ts'
import { makeCertificate, noCertificates } from '../testing/certificates.ts'
import { hubConfig, leafConfig } from './server-config.ts'
import { findNatsServer } from './testing/nats-servers.ts'

const POLL = { timeout: 30_000, interval: 50 }
const LOOPBACK = '127.0.0.1'

async function joined(monitor: number): Promise<string[] | null> {
  const answer = await fetch(`http://${LOOPBACK}:${monitor}/leafz`).catch(() => null)
  if (answer === null) return null
  const { leafs } = (await answer.json()) as { leafs?: { name: string }[] }
  return (leafs ?? []).map(({ name }) => name)
}

test('a leaf node reaches the hub through what ends TLS, and a changed hub lets in who is new', {
  timeout: 90_000,
}, async ({ skip }) => {
  const found = findNatsServer()
  const lacks = 'missing' in found ? found.missing : noCertificates()
  skip(lacks !== null, lacks ?? '')
  if ('missing' in found) return
  const folder = mkdtempSync(join(tmpdir(), 'micropop-leaf-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const started: ChildProcess[] = []
  const server = (name: string, config: string, env: Record<string, string>): ChildProcess => {
    writeFileSync(join(folder, name), config)
    const child = spawn(...diesWithUs('KILL', found.file, ['-c', join(folder, name)]), {
      env: { PATH: process.env.PATH, ...env },
      stdio: 'ignore',
    })
    started.push(child)
    return child
  }
  onTestFinished(async () => {
    for (const child of started) {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
  })

  const [port, leafPort, monitor] = [await freePort(), await freePort(), await freePort()]
  const config = (pops: string[]) => hubConfig({ event: 'summit', pops, password: (user) => `"p-${user}"` })
  const hub = server('hub.conf', config(['hall']), {
    HUB_HOST: LOOPBACK,
    HUB_PORT: String(port),
    HUB_LEAF_PORT: String(leafPort),
    HUB_MONITOR_PORT: String(monitor),
    HUB_DATA: join(folder, 'data'),
  })
  const { certFile, keyFile } = makeCertificate(folder, 'hub')
  const balancer = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (near) => {
    const far = connect(leafPort, LOOPBACK)
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  await once(balancer.listen(0, LOOPBACK), 'listening')
  onTestFinished(() => void balancer.close())
  const { port: securePort } = balancer.address() as { port: number }
  const leaf = async (name: string) =>
    server(`${name}.conf`, leafConfig({ tls: true }), {
      LEAF_NAME: name,
      LEAF_PORT: String(await freePort()),
      LEAF_MONITOR: `${LOOPBACK}:${await freePort()}`,
      POP_PASSWORD: `p-${name}`,
      HUB_LEAF_URL: `tls://${name}:p-${name}@localhost:${securePort}`,
      // What Go takes for the system's authorities.
      SSL_CERT_FILE: certFile,
      SSL_CERT_DIR: folder,
    })

  const hall = await leaf('hall')
  await leaf('annex')
  await expect.poll(() => joined(monitor), POLL).toEqual(['hall'])

  // The machine of the hub fetches a configuration with one PoP more.
  writeFileSync(join(folder, 'hub.conf'), config(['hall', 'annex']))
  hub.kill('SIGHUP')
  await expect.poll(async () => (await joined(monitor))?.sort(), POLL).toEqual(['annex', 'hall'])
  expect(hall.exitCode).toBeNull()
})
