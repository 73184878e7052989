// A real PoP on a spot machine that is taken back: its attendees are sent elsewhere, it ends well, and its log is whole.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { DEFAULT_LIMITS, popConfigSchema } from '../runtime/pop-config.ts'
import { metadataServer } from '../runtime/testing/metadata-server.ts'
import { SessionClient } from '../runtime/testing/session-client.ts'
import { cleanUp, EVENT, folder, PopProcess, queueState } from './loaded-pop.ts'

const TIMEOUT_MS = 60_000

test('EC2 announces that it takes the machine back: drained, exit 0, and the next PoP has every message', {
  timeout: TIMEOUT_MS,
}, async () => {
  const metadata = await metadataServer()
  cleanUp.push(() => metadata.close())
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', metadata.endpoint)
  cleanUp.push(() => vi.unstubAllEnvs())
  const dataDir = await folder('spot')
  const config = popConfigSchema.parse({
    version: 1,
    event: EVENT,
    pop: 'remote',
    listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
    dataDir,
    uplinks: [{ name: 'uplink', url: 'ws://127.0.0.1:9/uplink' }],
    queue: { maxBytes: 100_000_000, segmentBytes: 1_000_000 },
    limits: DEFAULT_LIMITS,
    channels: [],
    sessionThreads: 0,
    imagesDir: null,
  })
  const configFile = join(await folder('spot-config'), 'pop.json')
  await writeFile(configFile, JSON.stringify(config))

  const pop = new PopProcess(configFile, ['--spot'])
  const { session } = await pop.ready()
  const ann = await SessionClient.open(session, 'ann')
  cleanUp.push(() => ann.drop())
  ann.publish({ seq: 1, ch: 'room', body: 'before the notice' })
  expect(await ann.acked(1)).toMatchObject({ durable: 'disk' })
  await metadata.asked(1)
  expect(pop.child.exitCode).toBeNull()

  metadata.action = JSON.stringify({ action: 'terminate', time: '2026-12-03T10:15:00Z' })
  await ann.closed
  await pop.ended
  expect({ code: pop.child.exitCode, signal: pop.child.signalCode, stderr: pop.stderr }).toEqual({
    code: 0,
    signal: null,
    stderr: '',
  })

  // The next machine has the same disk, and no notice.
  metadata.action = null
  const next = new PopProcess(configFile, ['--spot'])
  const { admin } = await next.ready()
  expect(await queueState(admin)).toMatchObject({ backlog: 1 })
})
