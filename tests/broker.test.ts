// PoPs that are one broker, deployed by the real engine into the twin's cloud: the real hub and leaf nodes carry a message.
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { NATS_IMAGE } from '../infra/broker.ts'
import { loadEvent } from '../infra/event/load.ts'
import { findProgram, toolFolders } from '../simulator/rehearsal/live-tools.ts'
import { rehearseDeployment } from '../simulator/twin-cloud/rehearse-deployment.ts'
import { NATS_SERVER } from '../tools/setup/go-tools.mjs'

const TIMEOUT_MS = 500_000
const SCENARIOS = resolve(import.meta.dirname, '../scenarios')

/** The hybrid conference with its venues joined, one on Kubernetes and one on EC2. */
async function joinedEvent(folder: string): Promise<string> {
  const conference = await readFile(join(SCENARIOS, 'events/hybrid-conference-2000.yaml'), 'utf8')
  const file = join(folder, 'event.yaml')
  const broker = 'central:\n  broker: { siteAddresses: [203.0.113.7/32] }\n'
  await writeFile(file, conference.replace('central:\n', broker).replaceAll('../', `${SCENARIOS}/`))
  return file
}

test('what is deployed is the nats-server that the tests run', () => {
  expect(NATS_IMAGE).toBe(`nats:${NATS_SERVER.version}-alpine`)
})

test('a message published at one venue is shown at the other', { timeout: TIMEOUT_MS }, async ({ skip }) => {
  const tools = ['pulumi', 'pulumi-language-nodejs', 'toxiproxy-server', 'nats-server']
  const found = await Promise.all(tools.map((name) => findProgram(name, toolFolders())))
  const missing = tools.filter((_, i) => found[i] === null)
  skip(missing.length > 0, `not on PATH: ${missing.join(', ')}`)
  await using folder = await mkdtempDisposable(join(tmpdir(), 'micropop-broker-'))
  const event = loadEvent(await joinedEvent(folder.path))
  const steps = await rehearseDeployment(event, { workDir: folder.path })
  const detail = (title: string) => steps.find((step) => step.title === title)?.detail
  // Two PoPs with a leaf node each, the hub, central.
  expect(detail('up')).toContain('6 processes run')
  const seen = detail('a message through every PoP')
  expect(seen).toMatch(/hall: .* at another venue in \d+ ms, at central/)
  expect(seen).toMatch(/remote: .* at another venue in \d+ ms, at central/)
  expect(detail('up again')).toContain('nothing to do')
  expect(detail('destroy')).toContain('nothing is left')
})
