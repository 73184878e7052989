import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeTogether } from './write.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'micropop-write-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('makes the folder, writes every file, leaves nothing else and says where they are', async () => {
  const out = join(folder, 'a', 'b')
  const paths = await writeTogether(out, { 'x.html': '<p>é</p>', 'y.json': '{}' })
  expect(paths).toEqual([join(out, 'x.html'), join(out, 'y.json')])
  expect((await readdir(out)).sort()).toEqual(['x.html', 'y.json'])
  expect(await readFile(join(out, 'x.html'), 'utf8')).toBe('<p>é</p>')
})

test('replaces files of an earlier report', async () => {
  await writeTogether(folder, { 'x.html': 'old, and longer' })
  await writeTogether(folder, { 'x.html': 'new' })
  expect(await readFile(join(folder, 'x.html'), 'utf8')).toBe('new')
})

test('where one file cannot be written, the earlier report stays whole', async () => {
  await writeTogether(folder, { 'x.html': 'old' })
  const files = { 'x.html': 'new', 'no-such-folder/y.json': '{}' }
  await expect(writeTogether(folder, files)).rejects.toMatchObject({
    code: 'MP_REPORT_UNWRITABLE',
    exitCode: 3,
  })
  expect(await readFile(join(folder, 'x.html'), 'utf8')).toBe('old')
  expect(await readdir(folder)).toEqual(['x.html'])
})

test('a folder that is a file is refused by name', async () => {
  const file = join(folder, 'taken')
  await writeFile(file, '')
  await expect(writeTogether(file, { 'x.html': '' })).rejects.toThrow(`cannot be written to ${file}`)
})

test('a file that takes the place of a folder is refused, and leaves no rest', async () => {
  await mkdir(join(folder, 'x.html'))
  await expect(writeTogether(folder, { 'x.html': '' })).rejects.toMatchObject({
    code: 'MP_REPORT_UNWRITABLE',
  })
  expect(await readdir(folder)).toEqual(['x.html'])
})
