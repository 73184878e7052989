// Python packages that judge what we make, moto and FOCUS's validator: each in an environment of its own in .tools.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './child.mjs'
import { onPath, TOOLS, TOOLS_BIN } from './path.mjs'
import { step, Unavailable } from './progress.mjs'

/**
 * @typedef {object} PythonTool
 * @property {string} name Of its folder in .tools. `NAME-requirements.txt` has every package with its version and the
 *   hashes of its files; `NAME-requirements.in` says how that is made. Packages without wheels are in
 *   `NAME-sources.txt`, and what builds them is among the others.
 * @property {string} command What it is called beside the other tools.
 * @property {string} module What Python runs for it.
 * @property {string | null} startsIn Where in its folder it has to be started, since it looks for files there; null: anywhere.
 * @property {string | null} python The version of Python that its packages are made for; null: any.
 * @property {{ linux: string, macos: string, windows: string }} how
 */

/** @type {PythonTool} */
export const MOTO = {
  name: 'moto',
  command: 'moto_server',
  module: 'moto.server',
  startsIn: null,
  python: null,
  how: {
    linux: 'install Python 3.10 or newer with its venv module (Debian: sudo apt-get install python3-venv)',
    macos: 'brew install python',
    windows: 'moto is not set up on Windows: the twin’s cloud judges alone there',
  },
}

/** @type {PythonTool} */
export const FOCUS_VALIDATOR = {
  name: 'focus-validator',
  command: 'focus-validator',
  module: 'focus_validator.main',
  startsIn: 'lib/python3.12/site-packages',
  python: '3.12',
  how: {
    linux: 'install Python 3.12 with its venv module, as python3.12 on PATH or by pyenv',
    macos: 'brew install python@3.12',
    windows: 'the validator is not set up on Windows',
  },
}

const VERSION_TIMEOUT_MS = 10_000

/** @param {PythonTool} tool */
function placesOf({ name, command }) {
  const folder = join(TOOLS, name)
  const listOf = (/** @type {string} */ what) =>
    fileURLToPath(new URL(`./${name}-${what}.txt`, import.meta.url))
  return {
    requirements: listOf('requirements'),
    sources: existsSync(listOf('sources')) ? listOf('sources') : null,
    folder,
    command: join(TOOLS_BIN, command),
    /** What the folder was made from; written last, so that an install that was cut off does not count. */
    madeFrom: join(folder, 'made-from.txt'),
  }
}

/** @param {PythonTool} tool */
export function pythonToolInstalled(tool) {
  const { command, madeFrom } = placesOf(tool)
  return existsSync(command) && existsSync(madeFrom) && readFileSync(madeFrom, 'utf8') === packagesOf(tool)
}

/** @param {PythonTool} tool */
function packagesOf(tool) {
  const { requirements, sources } = placesOf(tool)
  return readFileSync(requirements, 'utf8') + (sources === null ? '' : readFileSync(sources, 'utf8'))
}

/** @param {PythonTool} tool @param {AbortSignal} signal */
export async function installPythonTool(tool, signal) {
  const { requirements, sources, folder, command, madeFrom } = placesOf(tool)
  const python = await findPython(tool, signal)
  await step(`${tool.name}, a Python environment of its own`, async () => {
    rmSync(folder, { recursive: true, force: true })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes']
    const inside = join(folder, 'bin', 'python')
    for (const [program, args] of /** @type {const} */ ([
      [python, ['-m', 'venv', folder]],
      [inside, [...pip, '--only-binary', ':all:', '-r', requirements]],
      ...(sources === null
        ? []
        : [/** @type {const} */ ([inside, [...pip, '--no-deps', '--no-build-isolation', '-r', sources]])]),
      [inside, ['-c', `import ${tool.module}`]],
    ])) {
      const ended = await run(program, [...args], { signal })
      if (!ended.ok) {
        const told = `${program} ${args.join(' ')} ended with ${ended.why}.\n${ended.output}`
        throw new Unavailable(tool.name, told, tool.how)
      }
    }
    link(command, inside, tool)
    writeFileSync(madeFrom, packagesOf(tool))
  })
}

/** @param {PythonTool} tool @param {AbortSignal} signal */
async function findPython({ name, python, how }, signal) {
  if (process.platform === 'win32') throw new Unavailable(name, 'this is Windows.', how)
  if (python === null) {
    const any = onPath('python3')
    if (any === null) throw new Unavailable(name, 'there is no python3 on PATH.', how)
    return any
  }
  const isThat = `import sys; sys.exit('%d.%d' % sys.version_info[:2] != '${python}')`
  for (const file of [onPath(`python${python}`), onPath('python3'), ...ofPyenv(python)]) {
    if (file === null) continue
    const ended = await run(file, ['-c', isThat], { signal, timeoutMs: VERSION_TIMEOUT_MS })
    if (ended.ok) return file
  }
  throw new Unavailable(name, `there is no Python ${python} on PATH or in pyenv.`, how)
}

/** pyenv keeps more versions than the one that is on PATH. @param {string} python */
function ofPyenv(python) {
  const { HOME, PYENV_ROOT = HOME && join(HOME, '.pyenv') } = process.env
  const versions = PYENV_ROOT ? join(PYENV_ROOT, 'versions') : ''
  if (!existsSync(versions)) return []
  return readdirSync(versions)
    .filter((version) => version.startsWith(`${python}.`))
    .map((version) => join(versions, version, 'bin', 'python3'))
}

/** A command beside the other tools. @param {string} command @param {string} python @param {PythonTool} tool */
function link(command, python, tool) {
  const go = tool.startsIn === null ? '' : `cd '${join(placesOf(tool).folder, tool.startsIn)}' && `
  mkdirSync(TOOLS_BIN, { recursive: true })
  const part = `${command}.part`
  writeFileSync(part, `#!/bin/sh\n${go}exec '${python}' -m ${tool.module} "$@"\n`)
  chmodSync(part, 0o755)
  renameSync(part, command)
}
