// Where things are: the folders of this clone, and programs on PATH.
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const TOOLS = join(ROOT, '.tools')
export const TOOLS_BIN = join(TOOLS, 'bin')

const isWindows = process.platform === 'win32'

export const PROGRAM_ENDING = isWindows ? '.exe' : ''

/** @param {string} name A program's name without its ending. */
export function programFile(name) {
  return name + PROGRAM_ENDING
}

/** @param {string} file */
export function isProgram(file) {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** PATH with a folder before everything else. @param {string} folder */
export function pathWith(folder) {
  return [folder, process.env.PATH].filter(Boolean).join(delimiter)
}

/**
 * The first file of that name on PATH, or null.
 * @param {string} name As typed, without Windows' ending.
 * @param {string[]} endings
 * @returns {string | null}
 */
export function onPath(name, endings = isWindows ? ['.exe', '.cmd'] : ['']) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const ending of endings) {
      if (folder !== '' && isProgram(join(folder, name + ending))) return join(folder, name + ending)
    }
  }
  return null
}
