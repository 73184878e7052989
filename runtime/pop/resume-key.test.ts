// The key behind resume secrets outlives the process and is for its user alone.
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { resumeKey } from './resume-key.ts'

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'resume-key-'))
})

afterEach(async () => {
  await rm(dataDir, { recursive: true })
})

const path = () => join(dataDir, 'resume.key')

test('it is drawn once, and the same ever after', async () => {
  const key = await resumeKey(dataDir)
  expect(key).toHaveLength(32)
  expect(await resumeKey(dataDir)).toEqual(key)
  expect(key).not.toEqual(Buffer.alloc(32))
})

test('only its user may read it, also where others were let in since', async () => {
  await resumeKey(dataDir)
  expect((await stat(path())).mode & 0o777).toBe(0o600)
  await chmod(path(), 0o660)
  await resumeKey(dataDir)
  expect((await stat(path())).mode & 0o777).toBe(0o600)
})

test('one that is damaged is replaced', async () => {
  await writeFile(path(), '00')
  expect(await resumeKey(dataDir)).toHaveLength(32)
})

test('a data folder that cannot be used is said so', async () => {
  await mkdir(path())
  await expect(resumeKey(dataDir)).rejects.toMatchObject({ code: 'MP_DATA_DIR', exitCode: 3 })
})
