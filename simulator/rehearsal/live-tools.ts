// The programs a rehearsal needs that npm does not bring: k6 and Toxiproxy's server, from set-up or from PATH.
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MissingHere } from '../../runtime/errors.ts'

export const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The command of this project, for Node to run. */
export const PROJECT_COMMAND = join(PROJECT_ROOT, 'cli', 'micropop.mjs')

/** Where set-up puts what it builds. */
const TOOLS_BIN = join(PROJECT_ROOT, '.tools', 'bin')

export interface LiveTools {
  k6: string
  toxiproxy: string
}

/** Set-up's folder, then those of PATH. */
export function toolFolders(): string[] {
  return [TOOLS_BIN, ...(process.env.PATH ?? '').split(delimiter)]
}

/** Full paths of both. Error: MP_TOOL_MISSING, naming all that lack. */
export async function findLiveTools(folders: readonly string[] = toolFolders()): Promise<LiveTools> {
  const [k6, toxiproxy] = await Promise.all([
    findProgram('k6', folders),
    findProgram('toxiproxy-server', folders),
  ])
  if (k6 !== null && toxiproxy !== null) return { k6, toxiproxy }
  const missing = [k6 === null ? 'k6' : '', toxiproxy === null ? 'toxiproxy-server' : ''].filter(Boolean)
  throw missingTools('the live rehearsal', missing)
}

/** Full path, for who plays no attendees with k6. Error: MP_TOOL_MISSING. */
export async function findToxiproxy(folders: readonly string[] = toolFolders()): Promise<string> {
  const found = await findProgram('toxiproxy-server', folders)
  if (found !== null) return found
  throw missingTools('a drill', ['toxiproxy-server'])
}

function missingTools(what: string, missing: readonly string[]): MissingHere {
  return new MissingHere(
    'MP_TOOL_MISSING',
    `${what} needs ${missing.join(' and ')}, found neither in .tools/bin nor on PATH`,
    'Run `node tools/setup.mjs`, which builds them with Go and says how to get Go where that lacks too.',
  )
}

/** Full path of a program in the first of the folders that has it; null where none has. */
export async function findProgram(name: string, folders: readonly string[]): Promise<string | null> {
  const endings = process.platform === 'win32' ? ['.exe'] : ['']
  for (const folder of folders.filter(Boolean)) {
    for (const ending of endings) {
      const file = join(folder, name + ending)
      if (await isExecutable(file)) return file
    }
  }
  return null
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
