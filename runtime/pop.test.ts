// Starting a PoP: a start that fails leaves nothing behind.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { type PopOptions, type RunningPop, startPop } from './pop.ts'
import { DEFAULT_LIMITS } from './pop-config.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'micropop-start-'))
const running: RunningPop[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((pop) => pop.close()))
  rmSync(dataDir, { recursive: true, force: true })
})

async function start(options: Partial<PopOptions> = {}): Promise<RunningPop> {
  const pop = await startPop({
    config: {
      version: 1,
      event: 'e',
      pop: 'hall',
      listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
      dataDir,
      centralUrl: 'ws://127.0.0.1:9/uplink',
      queue: { maxBytes: 1_000_000, segmentBytes: 1_000_000 },
      limits: DEFAULT_LIMITS,
      imagesDir: null,
    },
    uplinkToken: null,
    logger: pino({ level: 'silent' }),
    ...options,
  })
  running.push(pop)
  return pop
}

test('an uplink that cannot even be tried fails the start, and all that was opened is closed', async () => {
  await expect(start({ uplinkToken: 'no\nheader' })).rejects.toThrow()
  // The folder is free again: it is the last that a PoP lets go, after its ports.
  await expect(start()).resolves.toMatchObject({ port: expect.any(Number) })
})
