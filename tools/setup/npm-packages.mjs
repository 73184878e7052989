// npm packages exactly as locked, installed by the pinned Node: npm under an older Node builds add-ons for that one.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from './child.mjs'
import { onPath, pathWith, programFile, ROOT, TOOLS } from './path.mjs'
import { step, Unavailable } from './progress.mjs'

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }>} Packages */

const HOW = 'On every system: see that npm reaches its registry (npm ping), then run this again.'
const HOW_NPM = {
  linux: 'https://nodejs.org/en/download, or your distribution’s packages nodejs and npm (Node ≥ 20)',
  macos: 'brew install node',
  windows: 'winget install OpenJS.NodeJS.LTS',
}

/** @param {string} file @returns {Packages} */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

/** @param {string} root The folder whose node_modules it is in. */
function nodeIn(root) {
  return join(root, 'node_modules', 'node', 'bin', programFile('node'))
}

/**
 * True when node_modules holds what package-lock.json asks for. npm writes its own list there last of all, so an
 * install that was cut off never counts. Optional packages may be absent: they are for other systems.
 */
export function packagesInstalled(root = ROOT) {
  const installedFile = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedFile) || !existsSync(nodeIn(root))) return false
  const installed = packagesOf(installedFile)
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(([path, locked]) => {
    const found = installed[path]
    if (path === '') return true
    if (found === undefined) return locked.optional === true || locked.devOptional === true
    return found.version === locked.version && found.integrity === locked.integrity
  })
}

/** npm as arguments for Node where its script can be found, else the program on PATH. */
function findNpm() {
  const program = onPath('npm')
  const candidates = [
    process.env.npm_execpath,
    program && realpathSync(program),
    program && join(dirname(program), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ]
  const script = candidates.find((file) => file?.endsWith('npm-cli.js') && existsSync(file))
  if (!script && !program) throw new Unavailable('npm', 'it is not on PATH.', HOW_NPM)
  return { script, program: program ?? 'npm' }
}

/**
 * @param {string} node
 * @param {string[]} args
 * @param {AbortSignal} signal
 */
async function npm(node, args, signal) {
  const { script, program } = findNpm()
  const options = { cwd: ROOT, env: { PATH: pathWith(dirname(node)) }, signal }
  const flags = [...args, '--no-audit', '--no-fund', '--loglevel=error']
  const ended = await (script ? run(node, [script, ...flags], options) : run(program, flags, options))
  if (!ended.ok) {
    throw new Unavailable('npm packages', `npm ${args[0]} ended with ${ended.why}.\n${ended.output}`, HOW)
  }
}

/** @param {string} node */
function requireNode(node) {
  if (existsSync(node)) return
  throw new Unavailable('Node 24', 'its npm package brought no program for this system.', {
    linux:
      'allow install scripts (npm config delete ignore-scripts), or install Node 24: https://nodejs.org/en/download',
    macos: 'the same, or brew install node@24',
    windows: 'the same, or winget install OpenJS.NodeJS --version 24',
  })
}

/**
 * A Node 24 to run npm with: this very one where it is new enough, else the pinned one, put aside in `.tools`.
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
 */
async function installNode(signal) {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  const version = packagesOf(join(ROOT, 'package-lock.json'))['node_modules/node']?.version
  const aside = join(TOOLS, 'part', 'node')
  mkdirSync(aside, { recursive: true })
  writeFileSync(join(aside, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }\n')
  await step(`Node ${version}, to install the rest with`, () =>
    npm(process.execPath, ['install', '--prefix', aside, `node@${version}`], signal),
  )
  requireNode(nodeIn(aside))
  return nodeIn(aside)
}

/** `npx micropop` then works at once: npm links the commands of dependencies, never the project's own. */
export function linkCommand() {
  const isWindows = process.platform === 'win32'
  const link = join(ROOT, 'node_modules', '.bin', isWindows ? 'micropop.cmd' : 'micropop')
  if (lstatSync(link, { throwIfNoEntry: false })) return
  const command = join('..', '..', 'cli', 'micropop.mjs')
  if (isWindows) writeFileSync(link, `@node "%~dp0\\${command}" %*\r\n`)
  else symlinkSync(command, link)
}

/** @param {AbortSignal} signal */
export async function installPackages(signal) {
  const node = await installNode(signal)
  const count = Object.keys(packagesOf(join(ROOT, 'package-lock.json'))).length - 1
  await step(`npm packages (up to ${count})`, () => npm(node, ['ci', '--include=dev'], signal))
  requireNode(nodeIn(ROOT))
}
