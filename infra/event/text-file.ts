// Reads a text file that a person named: bounded, regular, UTF-8, or a sentence that says why not.
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { quote } from './quote.ts'
import { didYouMean, list } from './suggest.ts'

export type TextFile = { ok: true; text: string } | { ok: false; why: string }

/** Neighbours of a missing file that are looked at for a suggestion. */
const MAX_NEIGHBOURS = 1_000

/**
 * @param path where the file is
 * @param named the path as the person wrote it, for messages and suggestions
 * @param what e.g. `event file`
 */
export function readTextFile(path: string, named: string, what: string, maxBytes: number): TextFile {
  const subject = `${what} ${quote(named)}`
  let fd: number
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    return { ok: false, why: `${subject} ${whyNotOpened(error as NodeJS.ErrnoException, path, named)}` }
  }
  try {
    const stat = fstatSync(fd)
    if (stat.isDirectory()) return { ok: false, why: `${subject} is a folder; name a file in it` }
    if (!stat.isFile()) return { ok: false, why: `${subject} is not a regular file` }
    const bytes = Buffer.alloc(Math.min(stat.size, maxBytes) + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(fd, bytes, length, bytes.length - length, length)
    }
    if (length > maxBytes) {
      return { ok: false, why: `${subject} is larger than ${maxBytes} bytes, the most that is read` }
    }
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length)) }
  } catch (error) {
    if (error instanceof TypeError)
      return { ok: false, why: `${subject} is not UTF-8 text; save it as UTF-8` }
    return { ok: false, why: `${subject} cannot be read: ${(error as Error).message}` }
  } finally {
    closeSync(fd)
  }
}

function whyNotOpened(error: NodeJS.ErrnoException, path: string, named: string): string {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return `is not there${neighbours(path, named)}`
  if (error.code === 'EACCES') return 'may not be read by this user'
  return `cannot be opened: ${error.message}`
}

/** Files beside the missing one: a near name, or all of them when they are few. */
function neighbours(path: string, named: string): string {
  let names: string[]
  try {
    names = readdirSync(dirname(path), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .slice(0, MAX_NEIGHBOURS)
      .map((entry) => entry.name)
      .sort()
  } catch {
    // The folder itself is missing or closed: that is the better answer.
    return `; neither is its folder ${quote(dirname(path))}`
  }
  const inPlace = (name: string) => join(dirname(named), name)
  const near = didYouMean(basename(path), names, 0)
  if (near !== '') return near.replace(/"(.*)"/, (_, name: string) => quote(inPlace(name)))
  const alike = names.filter((name) => name.split('.').at(-1) === basename(path).split('.').at(-1))
  return alike.length > 0 && alike.length <= 6 ? `; its folder has ${list(alike)}` : ''
}
