// Files that survive a power cut whole: replaced in one step, with the folder that names them.
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

const UNFINISHED = '.new'

/** A file's name is durable only once its folder is synced. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Replaces `path`, whose folder exists, with `text` for this user alone. Returns once that survives a power cut; until
 * then the former file does. One at a time for one path.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const file = await open(path + UNFINISHED, 'w', 0o600)
  try {
    // One that was left behind keeps the mode it had.
    await file.chmod(0o600)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(path + UNFINISHED, path)
  await syncFolder(dirname(path))
}
