// Writes a file in one step: it is there complete or not at all, and never over another by accident.
import { randomUUID } from 'node:crypto'
import { link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { InvalidInput, MissingHere } from '../runtime/errors.ts'

/** What a file is for its user alone. */
export const SECRET = 0o600

/**
 * Writes `content` to `path`. Throws `MP_FILE_EXISTS` when the file is there and `replace` is false,
 * `MP_FOLDER_MISSING` without its folder, `MP_NOT_WRITTEN` when the disk refuses.
 *
 * @param mode rights of the file, less those that the umask takes
 */
export async function writeNewFile(
  path: string,
  content: string | Uint8Array,
  replace: boolean,
  mode = 0o666,
): Promise<void> {
  const there = await stat(path).catch(() => undefined)
  if (there?.isDirectory()) {
    throw new InvalidInput(
      'MP_FILE_EXISTS',
      'this is a folder',
      `Name a file in it, such as ${path}/event.yaml.`,
      {
        file: path,
      },
    )
  }
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    // `link` refuses an existing name in one step, which a check before `rename` would not.
    if (replace) await rename(temporary, path)
    else await link(temporary, path)
  } catch (error) {
    throw whyNotWritten(error as NodeJS.ErrnoException, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

function whyNotWritten(error: NodeJS.ErrnoException, path: string): Error {
  const place = { file: path }
  if (error.code === 'EEXIST') {
    const remedy = 'Give another name, or replace it with --force.'
    return new InvalidInput(
      'MP_FILE_EXISTS',
      'this file is already there and was left as it is',
      remedy,
      place,
    )
  }
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    const remedy = `Make the folder ${dirname(path)} first, or name a file in one that is there.`
    return new InvalidInput('MP_FOLDER_MISSING', 'its folder is not there', remedy, place)
  }
  const remedy = 'Make room or get the right to write there, or name another file.'
  return new MissingHere('MP_NOT_WRITTEN', `${path} cannot be written: ${error.message}`, remedy, error)
}
