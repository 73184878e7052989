// Reports on disk: complete files or none.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MissingHere } from '../runtime/errors.ts'

/** Makes `folder` and finds out whether it takes files, before long work is done for it. Errors: MP_REPORT_UNWRITABLE. */
export async function prepareFolder(folder: string): Promise<void> {
  await writeTogether(folder, {})
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
    throw new MissingHere(
      'MP_REPORT_UNWRITABLE',
      `the report cannot be written to ${folder}: ${cause instanceof Error ? cause.message : cause}`,
      'Name a folder that can be written to and has space, with --out.',
      cause,
    )
  }
  return Object.keys(files).map((name) => join(folder, name))
}
