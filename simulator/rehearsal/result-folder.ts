// The folder that a run's files end up in: refused when it holds something, and filled at once or not at all.
import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InvalidInput } from '../../runtime/errors.ts'

/** Error: MP_OUT_NOT_EMPTY. */
export async function refuseFull(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (entries.length === 0) return
  const remedy = 'Give a new folder to --out, or empty this one.'
  throw new InvalidInput('MP_OUT_NOT_EMPTY', `${folder} is not empty`, remedy)
}

/** Moves `from` to `to`, which does not exist or is empty: whole, also where it lies on another file system. */
export async function publishFolder(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    const part = `${to}.part`
    await cp(from, part, { recursive: true })
    await rename(part, to)
  }
}

/** Removes the oldest folders in `parent` beyond `count`, by their time of change. */
export async function keepNewest(parent: string, count: number): Promise<void> {
  const folders = (await readdir(parent, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const aged = await Promise.all(
    folders.map(async ({ name }) => {
      const folder = join(parent, name)
      return { folder, changedMs: (await stat(folder)).mtimeMs }
    }),
  )
  const old = aged.sort((a, b) => b.changedMs - a.changedMs).slice(count)
  for (const { folder } of old) await rm(folder, { recursive: true, force: true })
}
