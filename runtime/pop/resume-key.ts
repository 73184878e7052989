// The key that resume secrets are made with: drawn once, then kept in the PoP's data folder for its user alone.
import { randomBytes } from 'node:crypto'
import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../durable-file.ts'
import { MissingHere } from '../errors.ts'

const FILE = 'resume.key'
const BYTES = 32

/**
 * 32 bytes; the same after a restart, so that clients resume with what the last process gave them. Made where it is
 * missing; one that is damaged is replaced, which costs each client its resume secret. Errors: MP_DATA_DIR.
 */
export async function resumeKey(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, FILE)
  try {
    const kept = await readKey(path)
    return kept ?? (await writeKey(path))
  } catch (error) {
    throw new MissingHere(
      'MP_DATA_DIR',
      `${path} cannot be used: ${(error as Error).message}`,
      'Give a data folder that this user may write to.',
      error,
    )
  }
}

async function readKey(path: string): Promise<Buffer | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  if (!/^[0-9a-f]{64}\n$/.test(text)) return null
  // Kubernetes opens every file of a volume to its group when it mounts it (fsGroup).
  await chmod(path, 0o600)
  return Buffer.from(text.trim(), 'hex')
}

async function writeKey(path: string): Promise<Buffer> {
  const key = randomBytes(BYTES)
  await replaceFile(path, `${key.toString('hex')}\n`)
  return key
}
