// An event file as it was in a revision, with the files that it names: read from git, laid out in a folder of its own.
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, posix, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { planPath } from '../../../infra/event/plan-file.ts'
import { InvalidInput, MissingHere } from '../../../runtime/errors.ts'

/** Keys of an event file that name another file, relative to it. */
const NAMED: readonly (readonly string[])[] = [
  ['outage'],
  ['arrivals', 'trace'],
  ['access', 'trace'],
  ['auth', 'jwks'],
]
const FILE_BYTES_MAX = 64e6

/** `EVENT@REV`; null: it names no revision. */
export function revisionOf(argument: string): { file: string; revision: string } | null {
  const at = argument.lastIndexOf('@')
  return at <= 0 || at === argument.length - 1
    ? null
    : { file: argument.slice(0, at), revision: argument.slice(at + 1) }
}

/** Lays the event out below `folder` and returns its path there. Errors: MP_REVISION_UNKNOWN, MP_NO_GIT. */
export async function checkOut(file: string, revision: string, folder: string): Promise<string> {
  const unknown = (what: string) =>
    new InvalidInput(
      'MP_REVISION_UNKNOWN',
      what,
      'Write EVENT@REVISION with a commit, branch or tag that has the file.',
    )
  const cwd = dirname(resolve(file))
  const git = async (...args: string[]) => {
    const options = { cwd, maxBuffer: FILE_BYTES_MAX, encoding: 'utf8' as const }
    return (await promisify(execFile)('git', args, options)).stdout
  }
  const root = await git('rev-parse', '--show-toplevel').catch((cause) => {
    if (cause.code === 'ENOENT')
      throw new MissingHere('MP_NO_GIT', 'git or the folder of the event is not here', 'Install git.', cause)
    throw unknown(`${file} is in no git repository`)
  })
  const commit = (
    await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`).catch(() => {
      throw unknown(`there is no revision ${revision}`)
    })
  ).trim()
  const path = relativeTo(root.trim(), resolve(file))
  const show = async (of: string) =>
    git('show', `${commit}:${of}`).catch(() => {
      throw unknown(`revision ${revision} has no ${of}`)
    })
  const write = async (of: string, text: string) => {
    const target = join(folder, of)
    if (!resolve(target).startsWith(resolve(folder) + sep)) throw unknown(`${of} is outside the repository`)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, text)
    return target
  }
  const text = await show(path)
  for (const named of namedIn(text)) {
    const of = posix.normalize(posix.join(posix.dirname(path), named))
    if (!posix.isAbsolute(named)) await write(of, await show(of))
  }
  const plan = planPath(path)
  const listed = await git('ls-tree', '--full-tree', '--name-only', commit, '--', plan)
  if (listed !== '') await write(plan, await show(plan))
  return await write(path, text)
}

function relativeTo(root: string, path: string): string {
  return path.slice(root.length + 1).replaceAll(sep, '/')
}

/** What cannot be read is told by whoever loads the event. */
function namedIn(text: string): string[] {
  let data: unknown
  try {
    data = parse(text, { logLevel: 'silent', maxAliasCount: 100 })
  } catch {
    data = null
  }
  return NAMED.flatMap((path) => {
    const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], data)
    return typeof value === 'string' ? [value] : []
  })
}
