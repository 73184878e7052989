// The programs a rehearsal needs that npm does not bring: k6 and Toxiproxy's server, from set-up or from PATH.
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MissingHere } from '../../runtime/errors.ts'

export const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Where set-up puts what it builds. */
const TOOLS_BIN = join(PROJECT_ROOT, '.tools', 'bin')

export interface LiveTools {
  k6: string
  toxiproxy: string
}

/** Full paths of both. `folders` default to set-up's, then those of PATH. Error: MP_TOOL_MISSING, naming all that lack. */
export async function findLiveTools(
  folders: readonly string[] = [TOOLS_BIN, ...(process.env.PATH ?? '').split(delimiter)],
): Promise<LiveTools> {
  const [k6, toxiproxy] = await Promise.all([find('k6', folders), find('toxiproxy-server', folders)])
  if (k6 !== null && toxiproxy !== null) return { k6, toxiproxy }
  const missing = [k6 === null ? 'k6' : '', toxiproxy === null ? 'toxiproxy-server' : ''].filter(Boolean)
  throw new MissingHere(
    'MP_TOOL_MISSING',
    `the live rehearsal needs ${missing.join(' and ')}, found neither in .tools/bin nor on PATH`,
    'Run `node tools/setup.mjs`, which builds them with Go and says how to get Go where that lacks too.',
  )
}

async function find(name: string, folders: readonly string[]): Promise<string | null> {
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
