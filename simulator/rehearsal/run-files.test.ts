import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RUN_FILES, readLines, readRun, writeJson } from './run-files.ts'
import { tempFolder } from './testing/temp-folder.ts'

test('lines are read one by one, empty ones left out', async () => {
  const file = join(await tempFolder(), 'lines.ndjson')
  await writeFile(file, '{"a":1}\n\n{"a":2}\n')
  expect(await Array.fromAsync(readLines(file))).toEqual([{ a: 1 }, { a: 2 }])
})

test('a line that is not JSON is named by file and line', async () => {
  const file = join(await tempFolder(), 'lines.ndjson')
  await writeFile(file, '{"a":1}\n{"a":\n')
  await expect(Array.fromAsync(readLines(file))).rejects.toMatchObject({
    code: 'MP_RUN_UNREADABLE',
    exitCode: 2,
    place: { file, line: 2 },
  })
})

test('a run of another version is refused', async () => {
  const folder = await tempFolder()
  await writeJson(folder, RUN_FILES.plan, {})
  await writeJson(folder, RUN_FILES.facts, { version: 1 })
  await expect(readRun(folder)).rejects.toMatchObject({
    code: 'MP_RUN_UNREADABLE',
    message: expect.stringContaining('another version'),
  })
})

test('a folder without a run is refused', async () => {
  await expect(readRun(await tempFolder())).rejects.toMatchObject({ code: 'MP_RUN_UNREADABLE', exitCode: 2 })
})
