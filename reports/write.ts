// Reports on disk: complete files or none.
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MissingHere } from '../runtime/errors.ts'

/** Makes `folder` and finds out whether it takes files, before long work is done for it. Errors: MP_REPORT_UNWRITABLE. */
export async function prepareFolder(folder: string): Promise<void> {
  await writeTogether(folder, {})
}

/**
 * Writes `files` into a new folder `name` in `parent`, which is made where it is missing. The folder has its name only
 * when all of it is on disk. Returns its path. Errors: MP_REPORT_UNWRITABLE, also where it is there already.
 */
export async function writeNewFolder(
  parent: string,
  name: string,
  files: Record<string, string>,
): Promise<string> {
  const folder = join(parent, name)
  try {
    await mkdir(parent, { recursive: true })
    const staging = await mkdtemp(join(parent, '.writing-'))
    try {
      for (const [file, content] of Object.entries(files)) {
        await writeFile(join(staging, file), content, { flush: true })
      }
      await chmod(staging, 0o755)
      await rename(staging, folder)
    } finally {
      await rm(staging, { recursive: true, force: true })
    }
  } catch (cause) {
    throw unwritable(folder, cause)
  }
  return folder
}

/**
 * Writes `files` (plain file names to content) into `folder`, which is made where it is missing. Everything is on
 * disk before the first file takes its name, so a reader, a crash or a full disk never meets half a file; files of
 * the same name are replaced. Returns the paths, in the order given. Errors: MP_REPORT_UNWRITABLE.
 */
export async function writeTogether(folder: string, files: Record<string, string>): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true })
    const staging = await mkdtemp(join(folder, '.writing-'))
    try {
      for (const [name, content] of Object.entries(files)) {
        await writeFile(join(staging, name), content, { flush: true })
      }
      for (const name of Object.keys(files)) await rename(join(staging, name), join(folder, name))
    } finally {
      await rm(staging, { recursive: true, force: true })
    }
  } catch (cause) {
    throw unwritable(folder, cause)
  }
  return Object.keys(files).map((name) => join(folder, name))
}

function unwritable(folder: string, cause: unknown): MissingHere {
  return new MissingHere(
    'MP_REPORT_UNWRITABLE',
    `the report cannot be written to ${folder}: ${cause instanceof Error ? cause.message : cause}`,
    'Name a folder that can be written to and has space, with --out.',
    cause,
  )
}
