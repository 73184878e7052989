// A disk whose commits are timed: what an acknowledgement waits for, and what another disk would change.
import type { Disk, DiskFile } from './disk.ts'

/**
 * Tells `written` how long each write to an opened file took, ms. Those are the commits: a new segment is made under
 * another name, filled, and opened then.
 */
export function timedDisk(disk: Disk, nowMs: () => number, written: (tookMs: number) => void): Disk {
  return {
    list: () => disk.list(),
    create: (name) => disk.create(name),
    remove: (name) => disk.remove(name),
    rename: (from, to) => disk.rename(from, to),
    open: async (name) => timedFile(await disk.open(name), nowMs, written),
  }
}

function timedFile(file: DiskFile, nowMs: () => number, written: (tookMs: number) => void): DiskFile {
  return {
    name: file.name,
    get size() {
      return file.size
    },
    read: (offset, length) => file.read(offset, length),
    close: () => file.close(),
    allocate: (size) => file.allocate(size),
    sync: () => file.sync(),
    truncate: (size) => file.truncate(size),
    write: async (bytes, at) => {
      const beganMs = nowMs()
      await file.write(bytes, at)
      written(nowMs() - beganMs)
    },
  }
}
