// The disk of a PoP's queue, opened by one process alone, and the key that its log is sealed with.
import { join } from 'node:path'
import { MissingHere } from '../errors.ts'
import { lockFolder } from '../folder-lock.ts'
import type { PopConfig } from '../pop-config.ts'
import type { Disk } from '../queue/disk.ts'
import { openFileDisk } from '../queue/file-disk.ts'
import { type LogCipher, readKeyFile } from '../queue/log-cipher.ts'

export interface QueueDisk {
  disk: Disk
  cipher: LogCipher | null
  /** Lets another process open it. */
  unlock: () => void
}

/** Errors: MP_DATA_DIR, MP_QUEUE_KEY. */
export async function openQueueDisk({ dataDir, queue }: PopConfig): Promise<QueueDisk> {
  const cipher = queue.keyFile === null ? null : await readKeyFile(queue.keyFile)
  const disk = await openFileDisk(join(dataDir, 'queue')).catch((cause) => {
    throw new MissingHere(
      'MP_DATA_DIR',
      `the data folder ${dataDir} cannot be used: ${(cause as Error).message}`,
      'Give a folder that this user may write to.',
      cause,
    )
  })
  // A second process would take what this one is writing for a torn tail, and cut it off.
  return { disk, cipher, unlock: lockFolder(dataDir) }
}
