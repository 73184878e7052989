// A folder of the machine's file system as a Disk, and as one that is only read.
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { syncFolder } from '../durable-file.ts'
import type { Disk, DiskFile, ReadableDisk } from './disk.ts'

/** Zeros are written in pieces of this size, so that commits of other files get their turn between them. */
const ZEROS = Buffer.alloc(1024 * 1024)
/**
 * Writes return once they are durable: one hop to the thread pool instead of two for a write and a sync. Over blocks
 * that are allocated already neither the file's size nor its map changes, so the journal has nothing to do.
 */
const DURABLE_WRITES = constants.O_RDWR | constants.O_DSYNC

class OpenFile implements DiskFile {
  readonly #handle: FileHandle
  readonly name: string
  size: number

  constructor(name: string, handle: FileHandle, size: number) {
    this.name = name
    this.#handle = handle
    this.size = size
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    let written = 0
    while (written < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, at + written)
      written += bytesWritten
      this.size = Math.max(this.size, at + written)
    }
  }

  async allocate(size: number): Promise<void> {
    while (this.size < size) {
      await this.write(ZEROS.subarray(0, Math.min(ZEROS.length, size - this.size)), this.size)
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync()
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const into = Buffer.allocUnsafeSlow(length)
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
    await this.#handle.datasync()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** Makes `folder` and what of its parents is missing, each durable in its own parent. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = folder; made !== dirname(first); made = dirname(made)) await syncFolder(dirname(made))
}

/** Opens `folder`, making it where it is missing. File names are the queue's own and hold no separators. */
export async function openFileDisk(folder: string): Promise<Disk> {
  await makeFolder(resolve(folder))
  return {
    list: async () => (await readdir(folder)).sort(),
    create: async (name) => {
      const path = join(folder, name)
      const handle = await open(path, DURABLE_WRITES | constants.O_CREAT | constants.O_EXCL, 0o600)
      try {
        await syncFolder(folder)
      } catch (error) {
        // Left behind, the name would make the next attempt fail as a disk that is broken.
        await handle.close()
        await unlink(path)
        throw error
      }
      return new OpenFile(name, handle, 0)
    },
    open: async (name) => {
      const handle = await open(join(folder, name), DURABLE_WRITES)
      return new OpenFile(name, handle, (await handle.stat()).size)
    },
    remove: async (name) => {
      await unlink(join(folder, name))
      await syncFolder(folder)
    },
    rename: async (from, to) => {
      await rename(join(folder, from), join(folder, to))
      await syncFolder(folder)
    },
  }
}

/** `folder` as it is, beside whoever writes there: nothing is made, locked or changed. */
export function readFileDisk(folder: string): ReadableDisk {
  return {
    list: async () => (await readdir(folder)).sort(),
    open: async (name) => {
      const handle = await open(join(folder, name), 'r')
      return new OpenFile(name, handle, (await handle.stat()).size)
    },
  }
}
