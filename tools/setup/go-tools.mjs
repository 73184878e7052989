// k6 and Toxiproxy for rehearsals, nats-server for several PoPs: found on PATH, or built by Go into .tools/bin.
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './child.mjs'
import { isProgram, onPath, PROGRAM_ENDING, programFile, TOOLS, TOOLS_BIN } from './path.mjs'
import { step, Unavailable } from './progress.mjs'

/**
 * @typedef {object} GoTool
 * @property {string} name The program, as it is called on PATH.
 * @property {string} version Built where no program of the same major version, this new or newer, is found.
 * @property {string} source What `go install` is given.
 * @property {string} built The name Go gives the program.
 * @property {string[]} versionArgs
 * @property {string} ldflags
 */

/** @type {GoTool[]} */
export const GO_TOOLS = [
  {
    name: 'toxiproxy-server',
    version: '2.9.0',
    source: 'github.com/Shopify/toxiproxy/v2/cmd/server',
    built: 'server',
    versionArgs: ['-version'],
    ldflags: '-s -w -X github.com/Shopify/toxiproxy/v2.Version=2.9.0',
  },
  {
    name: 'k6',
    version: '1.8.1',
    source: 'go.k6.io/k6',
    built: 'k6',
    versionArgs: ['version'],
    ldflags: '-s -w',
  },
]

/**
 * The hub and the leaf nodes that join the PoPs of an event. A machine that runs one PoP needs none.
 * @type {GoTool}
 */
export const NATS_SERVER = {
  name: 'nats-server',
  version: '2.15.2',
  source: 'github.com/nats-io/nats-server/v2',
  built: 'nats-server',
  versionArgs: ['--version'],
  ldflags: '-s -w',
}

const HOW_GO = {
  linux:
    'install Go ≥ 1.25 from https://go.dev/dl and put its bin folder on PATH (Debian 12’s golang-go is too old)',
  macos: 'brew install go',
  windows: 'winget install GoLang.Go',
}
const VERSION_TIMEOUT_MS = 10_000
/** What was found good last time, so that it need not be started again to ask its version. */
const SEEN_FILE = join(TOOLS, 'tools.json')

/** @typedef {{ file: string, size: number, mtimeMs: number, wanted: string }} Seen */

/** @returns {Record<string, Seen>} */
function readSeen() {
  try {
    return JSON.parse(readFileSync(SEEN_FILE, 'utf8'))
  } catch {
    // Absent or cut off: the tools are asked again.
    return {}
  }
}

/** @param {GoTool} tool @param {string} file @returns {Seen} */
function seen(tool, file) {
  const { size, mtimeMs } = statSync(file)
  return { file, size, mtimeMs, wanted: tool.version }
}

/** @param {GoTool} tool @param {string} file */
function remember(tool, file) {
  mkdirSync(TOOLS, { recursive: true })
  const part = `${SEEN_FILE}.${process.pid}`
  writeFileSync(part, `${JSON.stringify({ ...readSeen(), [tool.name]: seen(tool, file) }, null, 2)}\n`)
  renameSync(part, SEEN_FILE)
}

/**
 * True for the wanted version or a later one of the same major version.
 * @param {string} wanted @param {string} output What the tool printed.
 */
export function isGoodVersion(wanted, output) {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(output)
  if (found === null) return false
  const [major = 0, minor = 0, patch = 0] = found.slice(1).map(Number)
  const [wantedMajor = 0, wantedMinor = 0, wantedPatch = 0] = wanted.split('.').map(Number)
  return major === wantedMajor && (minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch))
}

/** @param {GoTool} tool @param {string} file @param {AbortSignal} [signal] */
async function isGood(tool, file, signal) {
  const ended = await run(file, tool.versionArgs, { timeoutMs: VERSION_TIMEOUT_MS, signal })
  return ended.ok && isGoodVersion(tool.version, ended.output)
}

/**
 * Where a good version is, ours before the machine's; null when there is none.
 * @param {GoTool} tool @param {AbortSignal} signal @returns {Promise<string | null>}
 */
export async function findTool(tool, signal) {
  const last = readSeen()[tool.name]
  for (const file of [join(TOOLS_BIN, programFile(tool.name)), onPath(tool.name, [PROGRAM_ENDING])]) {
    if (file === null || !isProgram(file)) continue
    const now = seen(tool, file)
    if (JSON.stringify(last) === JSON.stringify(now)) return file
    if (await isGood(tool, file, signal)) {
      remember(tool, file)
      return file
    }
  }
  return null
}

/**
 * The Go to build these tools with.
 * @param {GoTool[]} tools
 */
export function findGo(tools) {
  const go = onPath('go', [PROGRAM_ENDING])
  if (go !== null) return go
  const what = tools.map(({ name, version }) => `${name} ${version}`).join(' and ')
  throw new Unavailable(what, 'no good version is on PATH, and no Go to build it with.', HOW_GO)
}

/**
 * Builds aside and renames, so that a build that was cut off leaves nothing.
 * @param {string} go @param {GoTool} tool @param {AbortSignal} signal
 */
export async function buildTool(go, tool, signal) {
  const what = `${tool.name} ${tool.version}`
  const aside = join(TOOLS, 'part', tool.name)
  await step(`${what}, built by Go`, async () => {
    mkdirSync(aside, { recursive: true })
    const env = { GOBIN: aside, GOOS: '', GOARCH: '', GOWORK: 'off', GO111MODULE: 'on', CGO_ENABLED: '0' }
    const args = ['install', '-trimpath', '-ldflags', tool.ldflags, `${tool.source}@v${tool.version}`]
    const ended = await run(go, args, { env, cwd: TOOLS, signal })
    const built = join(aside, programFile(tool.built))
    if (!ended.ok || !existsSync(built)) {
      throw new Unavailable(what, `go ${args.join(' ')} ended with ${ended.why}.\n${ended.output}`, HOW_GO)
    }
    if (!(await isGood(tool, built, signal)))
      throw new Unavailable(what, 'what Go built does not start.', HOW_GO)
    mkdirSync(TOOLS_BIN, { recursive: true })
    const file = join(TOOLS_BIN, programFile(tool.name))
    renameSync(built, file)
    remember(tool, file)
  })
}
