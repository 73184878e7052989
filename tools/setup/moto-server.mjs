// moto, the emulator of AWS's API that judges a rehearsed deployment: Python packages in a folder of their own.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './child.mjs'
import { onPath, TOOLS, TOOLS_BIN } from './path.mjs'
import { step, Unavailable } from './progress.mjs'

/** Every package with its version and the hashes of its files. `moto-requirements.in` says how it is made. */
const REQUIREMENTS = fileURLToPath(new URL('./moto-requirements.txt', import.meta.url))
const FOLDER = join(TOOLS, 'moto')
const COMMAND = join(TOOLS_BIN, 'moto_server')
/** What the folder was made from; written last, so that an install that was cut off does not count. */
const MADE_FROM = join(FOLDER, 'made-from.txt')

const HOW = {
  linux: 'install Python 3.10 or newer with its venv module (Debian: sudo apt-get install python3-venv)',
  macos: 'brew install python',
  windows: 'moto is not set up on Windows: the twin’s cloud judges alone there',
}

export function motoInstalled() {
  return (
    existsSync(COMMAND) &&
    existsSync(MADE_FROM) &&
    readFileSync(MADE_FROM, 'utf8') === readFileSync(REQUIREMENTS, 'utf8')
  )
}

/** @param {AbortSignal} signal */
export async function installMoto(signal) {
  const what = 'moto'
  const python = process.platform === 'win32' ? null : onPath('python3')
  if (python === null) throw new Unavailable(what, 'there is no python3 on PATH.', HOW)
  await step('moto, a Python environment of its own', async () => {
    rmSync(FOLDER, { recursive: true, force: true })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
    const inside = join(FOLDER, 'bin', 'python')
    for (const [command, args] of /** @type {const} */ ([
      [python, ['-m', 'venv', FOLDER]],
      [inside, [...pip, '--require-hashes', '--only-binary', ':all:', '-r', REQUIREMENTS]],
      [inside, ['-c', 'import moto.server']],
    ])) {
      const ended = await run(command, [...args], { signal })
      if (!ended.ok) {
        const told = `${command} ${args.join(' ')} ended with ${ended.why}.\n${ended.output}`
        throw new Unavailable(what, told, HOW)
      }
    }
    linkServer(inside)
    writeFileSync(MADE_FROM, readFileSync(REQUIREMENTS))
  })
}

/** A command beside the other tools. @param {string} python */
function linkServer(python) {
  mkdirSync(TOOLS_BIN, { recursive: true })
  const part = `${COMMAND}.part`
  writeFileSync(part, `#!/bin/sh\nexec '${python}' -m moto.server "$@"\n`)
  chmodSync(part, 0o755)
  renameSync(part, COMMAND)
}
