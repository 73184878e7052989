import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { publishFolder, refuseFull } from './result-folder.ts'
import { tempFolder } from './testing/temp-folder.ts'

test('a folder that holds something is refused, an empty or a missing one is not', async () => {
  const folder = await tempFolder()
  await refuseFull(join(folder, 'missing'))
  await refuseFull(folder)
  await writeFile(join(folder, 'notes.txt'), 'mine')
  await expect(refuseFull(folder)).rejects.toMatchObject({ code: 'MP_OUT_NOT_EMPTY', exitCode: 2 })
})

test('results move as a whole into a new or an empty folder', async () => {
  const folder = await tempFolder()
  const [from, to] = [join(folder, 'part'), join(folder, 'out', 'run-1')]
  await mkdir(from)
  await mkdir(to, { recursive: true })
  await writeFile(join(from, 'result.json'), '{}')
  await publishFolder(from, to)
  expect(await readdir(to)).toEqual(['result.json'])
  expect(await readdir(folder)).toEqual(['out'])
})
