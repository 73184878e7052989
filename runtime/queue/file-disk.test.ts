// The real disk and the modelled one: where nothing fails they are the same disk.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { Disk, DiskFile } from './disk.ts'
import { openFileDisk } from './file-disk.ts'
import { ModelledDisk } from './testing/modelled-disk.ts'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'micropop-disk-'))
  folders.push(made)
  return made
}

const name = fc.constantFrom('0000000001.log', '0000000002.log')
const step = fc.oneof(
  fc.record({ do: fc.constant('create' as const), name }),
  fc.record({ do: fc.constant('remove' as const), name }),
  fc.record({ do: fc.constant('rename' as const), name, to: name }),
  fc.record({
    ...{ do: fc.constant('write' as const), name, share: fc.integer({ min: 0, max: 100 }) },
    bytes: fc.uint8Array({ maxLength: 300 }),
  }),
  fc.record({ do: fc.constant('allocate' as const), name, size: fc.nat(600) }),
  fc.record({ do: fc.constant('sync' as const), name }),
  fc.record({ do: fc.constant('truncate' as const), name, share: fc.integer({ min: 0, max: 100 }) }),
  fc.record({ do: fc.constant('read' as const), name, at: fc.nat(400), length: fc.nat(400) }),
)

/** What `next` answers, or the code it fails with. */
async function act(
  disk: Disk,
  next: typeof step extends fc.Arbitrary<infer S> ? S : never,
): Promise<unknown> {
  let file: DiskFile | undefined
  try {
    if (next.do === 'remove') {
      await disk.remove(next.name)
      return await disk.list()
    }
    if (next.do === 'rename') {
      await disk.rename(next.name, next.to)
      return await disk.list()
    }
    file = next.do === 'create' ? await disk.create(next.name) : await disk.open(next.name)
    if (next.do === 'write') await file.write(next.bytes, Math.floor((file.size * next.share) / 100))
    if (next.do === 'allocate') await file.allocate(next.size)
    if (next.do === 'sync') await file.sync()
    if (next.do === 'truncate') await file.truncate(Math.floor((file.size * next.share) / 100))
    const bytes = next.do === 'read' ? await file.read(next.at, next.length) : await file.read(0, file.size)
    return [file.name, file.size, [...bytes], await disk.list()]
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  } finally {
    await file?.close()
  }
}

test('both answer the same to any sequence of operations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const [real, modelled] = [await openFileDisk(await folder()), new ModelledDisk()]
      for (const next of steps) expect(await act(real, next)).toEqual(await act(modelled, next))
    }),
    { numRuns: 60 },
  )
})

test('a folder is made with its parents, for its owner alone, and files stay where it is opened again', async () => {
  const path = join(await folder(), 'venue', 'queue')
  const file = await (await openFileDisk(path)).create('0000000001.log')
  await file.write(Buffer.from('kept'), 0)
  await file.close()
  expect((await stat(path)).mode & 0o777).toBe(0o700)
  const again = await openFileDisk(path)
  expect(await again.list()).toEqual(['0000000001.log'])
  expect(Buffer.from(await (await again.open('0000000001.log')).read(0, 10)).toString()).toBe('kept')
})
