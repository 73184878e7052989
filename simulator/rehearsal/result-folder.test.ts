import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keepNewest, publishFolder, refuseFull } from './result-folder.ts'
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

test('of many runs the newest are kept, and files beside them are left alone', async () => {
  const folder = await tempFolder()
  for (const [i, name] of ['c', 'a', 'b'].entries()) {
    await mkdir(join(folder, name))
    await utimes(join(folder, name), i, i)
  }
  await writeFile(join(folder, 'notes.txt'), 'mine')
  await keepNewest(folder, 2)
  expect(await readdir(folder)).toEqual(['a', 'b', 'notes.txt'])
})
