// What was used at this PoP is remembered: by the next process, until it expires, and no longer.
import { mkdir, mkdtemp, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UsedTokenFile } from './used-tokens.ts'

const HOUR_MS = 3_600_000

let dataDir: string
let nowMs = 0
let faults: Error[]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'used-tokens-'))
  nowMs = 1_800_000_000_000
  faults = []
})

afterEach(async () => {
  await rm(dataDir, { recursive: true })
})

function opened(tokensMax?: number): Promise<UsedTokenFile> {
  return UsedTokenFile.open(dataDir, {
    wallMs: () => nowMs,
    onFault: (error) => faults.push(error),
    ...(tokensMax !== undefined && { tokensMax }),
  })
}

const id = (n: number) => String(n).padStart(22, 'x')

/** All at once. */
function claims(file: UsedTokenFile, from: number, to: number): Promise<string[]> {
  const numbers = Array.from({ length: to - from }, (_, n) => from + n)
  return Promise.all(numbers.map((n) => file.claim(id(n), nowMs + HOUR_MS)))
}

test('a token is claimed once, also when many come at once and after a restart', async () => {
  const before = await opened()
  expect(new Set(await claims(before, 0, 500))).toEqual(new Set(['first']))
  expect(new Set(await claims(before, 0, 500))).toEqual(new Set(['used']))
  // No close: the process was killed. Its claims were on disk before they were answered.
  const after = await opened()
  expect(new Set(await claims(after, 0, 500))).toEqual(new Set(['used']))
  expect(await after.claim(id(500), nowMs + HOUR_MS)).toBe('first')
  await Promise.all([before.close(), after.close()])
})

test('who shows the secret that a token was first claimed with may claim it again, after a restart too', async () => {
  const [mine, other] = ['m'.repeat(22), 'o'.repeat(22)]
  const before = await opened()
  expect(await before.claim(id(1) + mine, nowMs + HOUR_MS)).toBe('first')
  expect(await before.claim(id(1) + mine, nowMs + HOUR_MS)).toBe('again')
  expect(await before.claim(id(2), nowMs + HOUR_MS)).toBe('first')
  const after = await opened()
  expect(await after.claim(id(1) + mine, nowMs + HOUR_MS)).toBe('again')
  for (const claimed of [id(1), id(1) + other, id(2), id(2) + mine]) {
    expect(await after.claim(claimed, nowMs + HOUR_MS)).toBe('used')
  }
  await Promise.all([before.close(), after.close()])
})

test('the file is for this user alone', async () => {
  const file = await opened()
  await claims(file, 0, 1)
  expect((await stat(join(dataDir, 'used-tokens'))).mode & 0o777).toBe(0o600)
  await file.close()
})

test('a line that a power cut tore is left out, and those before and after it count', async () => {
  const expiry = nowMs + HOUR_MS
  await writeFile(
    join(dataDir, 'used-tokens'),
    `${expiry} ${id(1)}\n${expiry} ${id(2).slice(3)}\n${expiry} ${id(3)}\n${expiry}`,
  )
  const file = await opened()
  expect(await claims(file, 1, 4)).toEqual(['used', 'first', 'used'])
  await file.close()
})

test('what has expired is forgotten, in memory and in the file', async () => {
  const file = await opened()
  await claims(file, 0, 1_100)
  nowMs += 2 * HOUR_MS
  await claims(file, 2_000, 2_001)
  expect(file.size).toBe(1)
  expect(await readFile(join(dataDir, 'used-tokens'), 'utf8')).toBe(`${nowMs + HOUR_MS} ${id(2_000)}\n`)
  await file.close()
})

test('when no more can be remembered, a new token is refused until others have expired', async () => {
  const file = await opened(10)
  await claims(file, 0, 10)
  expect(await file.claim(id(10), nowMs + HOUR_MS)).toBe('full')
  expect(await file.claim(id(9), nowMs + HOUR_MS)).toBe('used')
  nowMs += 2 * HOUR_MS
  expect(await file.claim(id(10), nowMs + HOUR_MS)).toBe('first')
  await file.close()
})

test('a disk that refuses is told once; claims go on from memory and are written when it works again', async () => {
  const file = await opened()
  await claims(file, 0, 1_100)
  nowMs += 2 * HOUR_MS
  const inTheWay = join(dataDir, 'used-tokens.new')
  await mkdir(inTheWay)
  expect(await claims(file, 2_000, 2_001)).toEqual(['first'])
  expect(await claims(file, 2_001, 2_002)).toEqual(['first'])
  expect(await claims(file, 2_000, 2_002)).toEqual(['used', 'used'])
  expect(faults).toHaveLength(1)

  await rmdir(inTheWay)
  await claims(file, 2_002, 2_003)
  await file.close()
  const after = await opened()
  expect(await claims(after, 2_000, 2_003)).toEqual(['used', 'used', 'used'])
  await after.close()
})

test('a data folder that cannot be used is said so', async () => {
  await mkdir(join(dataDir, 'used-tokens'))
  await expect(opened()).rejects.toMatchObject({ code: 'MP_DATA_DIR', exitCode: 3 })
})
