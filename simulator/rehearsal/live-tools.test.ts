import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findLiveTools, findToxiproxy } from './live-tools.ts'
import { tempFolder } from './testing/temp-folder.ts'

async function program(folder: string, name: string, mode = 0o755): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, name)
  await writeFile(file, '#!/bin/sh\n')
  await chmod(file, mode)
  return file
}

test('what set-up built comes before what PATH offers', async () => {
  const root = await tempFolder()
  const [first, second] = [join(root, 'tools'), join(root, 'bin')]
  const k6 = await program(first, 'k6')
  await program(second, 'k6')
  const toxiproxy = await program(second, 'toxiproxy-server')
  expect(await findLiveTools([first, second])).toEqual({ k6, toxiproxy })
})

test('what is missing is named, with how to get it', async () => {
  const folder = await tempFolder()
  await program(folder, 'k6', 0o644)
  await program(folder, 'toxiproxy-server')
  await expect(findLiveTools([folder])).rejects.toMatchObject({
    code: 'MP_TOOL_MISSING',
    exitCode: 3,
    message: expect.stringMatching(/needs k6, found/),
    remedy: expect.stringContaining('tools/setup.mjs'),
  })
  await expect(findLiveTools([])).rejects.toThrow('k6 and toxiproxy-server')
  expect(await findToxiproxy([folder])).toBe(join(folder, 'toxiproxy-server'))
  await expect(findToxiproxy([])).rejects.toMatchObject({ code: 'MP_TOOL_MISSING', exitCode: 3 })
})
