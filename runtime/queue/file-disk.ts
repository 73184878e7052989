// A folder of the machine's file system as a Disk.
import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Disk, DiskFile } from './disk.ts'

class OpenFile implements DiskFile {
  readonly name: string
  readonly #handle: FileHandle
  size: number

  constructor(name: string, handle: FileHandle, size: number) {
    this.name = name
    this.#handle = handle
    this.size = size
  }

  async append(bytes: Uint8Array): Promise<void> {
    let written = 0
    while (written < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, this.size)
      written += bytesWritten
      this.size += bytesWritten
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync()
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const into = Buffer.allocUnsafe(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(into, filled, length - filled, offset + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return into.subarray(0, filled)
  }

  async truncate(size: number): Promise<void> {
    await this.#handle.truncate(size)
    this.size = size
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** Opens `folder`, making it where it is missing. File names are the queue's own and hold no separators. */
export async function openFileDisk(folder: string): Promise<Disk> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // A file's name is durable only once its folder is synced.
  const syncFolder = async () => {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  return {
    list: async () => (await readdir(folder)).sort(),
    create: async (name) => {
      const handle = await open(join(folder, name), 'wx+', 0o600)
      await syncFolder()
      return new OpenFile(name, handle, 0)
    },
    open: async (name) => {
      const handle = await open(join(folder, name), 'r+')
      return new OpenFile(name, handle, (await handle.stat()).size)
    },
    remove: async (name) => {
      await unlink(join(folder, name))
      await syncFolder()
    },
  }
}
