// Sets up a clone: npm packages, k6 and Toxiproxy. Plain JavaScript for any Node ≥ 20; nothing is installed yet.
//
//   node tools/setup.mjs [--live-optional] [--browser] [--nats] [--servers] [--moto] [--focus-validator]
//
//   --live-optional   go on without k6 and Toxiproxy where they cannot be had; only rehearsals need them
//   --browser         also Chromium, for the tests of the report: from apt-get where this is Debian and root
//   --nats            also nats-server, for the tests of several PoPs as one broker
//   --servers         also what tests of infrastructure run: etcd, a DNS server, a certificate authority, container tools
//   --moto            also moto, which judges what `micropop up --twin` asks AWS for: Python packages in .tools/moto
//   --focus-validator also the public validator of FOCUS data sets, for the test of the one that we write
//
// Exit codes: 0 all is there; 3 something cannot be had, and how to get it; 130 cancelled.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { findBrowser, installBrowser } from './setup/browser.mjs'
import { installServers } from './setup/debian-packages.mjs'
import { buildTool, findGo, findTool, GO_TOOLS, NATS_SERVER } from './setup/go-tools.mjs'
import { alone } from './setup/lock.mjs'
import { installPackages, linkCommand, packagesInstalled } from './setup/npm-packages.mjs'
import { TOOLS } from './setup/path.mjs'
import { say, secondsSince, Unavailable } from './setup/progress.mjs'
import { FOCUS_VALIDATOR, installPythonTool, MOTO, pythonToolInstalled } from './setup/python-tools.mjs'

const OLDEST_NODE = 20
const OPTIONS = ['--live-optional', '--browser', '--nats', '--servers', '--moto', '--focus-validator']
const startedMs = Date.now()
const cancel = new AbortController()

/** @param {AbortSignal} signal */
async function missingTools(signal) {
  const found = await Promise.all(GO_TOOLS.map((tool) => findTool(tool, signal)))
  return GO_TOOLS.filter((_, i) => found[i] === null)
}

/** @param {boolean} liveOptional @param {AbortSignal} signal */
async function buildTools(liveOptional, signal) {
  try {
    const missing = await missingTools(signal)
    if (missing.length === 0) return
    const go = findGo(missing)
    // One after the other: Go uses every core for each.
    for (const tool of missing) await buildTool(go, tool, signal)
  } catch (error) {
    if (!liveOptional || !(error instanceof Unavailable)) throw error
    say(`! ${error.describe()}\n! Going on without: the live rehearsal will be left out.`)
  }
}

/** @param {AbortSignal} signal */
async function addBrowser(signal) {
  if (findBrowser() !== null) return
  try {
    await installBrowser(signal)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    say(`! ${error.describe()}\n! Going on without: tests that look at the report are skipped.`)
  }
}

/** @param {AbortSignal} signal */
async function addNats(signal) {
  if ((await findTool(NATS_SERVER, signal)) !== null) return
  try {
    const go = findGo([NATS_SERVER])
    await alone(signal, () => inParts(() => buildTool(go, NATS_SERVER, signal)))
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    say(`! ${error.describe()}\n! Going on without: tests of several PoPs over NATS are skipped.`)
  }
}

/** @param {AbortSignal} signal */
async function addServers(signal) {
  try {
    await alone(signal, () => installServers(signal))
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    say(`! ${error.describe()}\n! Going on without: the tests that need them are skipped.`)
  }
}

/** @param {import('./setup/python-tools.mjs').PythonTool} tool @param {string} without @param {AbortSignal} signal */
async function addPythonTool(tool, without, signal) {
  if (pythonToolInstalled(tool)) return
  try {
    await alone(signal, () => installPythonTool(tool, signal))
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    say(`! ${error.describe()}\n! Going on without: ${without}`)
  }
}

/** @param {AbortSignal} signal */
async function addMoto(signal) {
  const without = 'the twin’s cloud judges alone, and the tests of moto are skipped.'
  await addPythonTool(MOTO, without, signal)
}

/** @param {AbortSignal} signal */
async function addFocusValidator(signal) {
  const without = 'the test that has the FOCUS data set validated is skipped.'
  await addPythonTool(FOCUS_VALIDATOR, without, signal)
}

/** Runs `work` with an empty folder for half-built parts, which is gone afterwards. @param {() => Promise<void>} work */
async function inParts(work) {
  const part = join(TOOLS, 'part')
  rmSync(part, { recursive: true, force: true })
  try {
    await work()
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
}

/** @param {boolean} liveOptional */
async function installAndBuild(liveOptional) {
  /** @type {unknown} */
  let failure
  /** @param {unknown} error */
  const stopOther = (error) => {
    failure ??= error
    cancel.abort(new Cancelled('stopped, since another step failed'))
  }
  const packages = packagesInstalled() ? Promise.resolve() : installPackages(cancel.signal)
  const tools = buildTools(liveOptional, cancel.signal)
  await Promise.all([packages.catch(stopOther), tools.catch(stopOther)])
  if (failure !== undefined) throw failure
}

/**
 * @param {{ liveOptional: boolean, browser: boolean, nats: boolean, servers: boolean, moto: boolean,
 *   focusValidator: boolean }} options
 */
async function setUp({ liveOptional, browser, nats, servers, moto, focusValidator }) {
  const needed = !packagesInstalled() || (await missingTools(cancel.signal)).length > 0
  if (needed) {
    await alone(cancel.signal, () => inParts(() => installAndBuild(liveOptional)))
  }
  linkCommand()
  if (nats) await addNats(cancel.signal)
  if (browser) await addBrowser(cancel.signal)
  if (servers) await addServers(cancel.signal)
  if (moto) await addMoto(cancel.signal)
  if (focusValidator) await addFocusValidator(cancel.signal)
  say(`✓ set-up ${needed ? 'done' : 'has nothing to do'} (${secondsSince(startedMs)})`)
}

class Cancelled extends Error {}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () =>
    cancel.abort(new Cancelled(`set-up cancelled by ${signal}; nothing half-done counts`)),
  )
}

/** @param {unknown} error */
function exitCodeOf(error) {
  if (error instanceof Unavailable) say(`\n${error.describe()}`)
  else if (error instanceof Cancelled) say(error.message)
  else say(`set-up met a fault of its own: ${error instanceof Error ? error.stack : error}`)
  return error instanceof Unavailable ? 3 : error instanceof Cancelled ? 130 : 5
}

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  say(
    `micropop needs Node ≥ ${OLDEST_NODE} to set itself up, this is ${process.version}: https://nodejs.org/en/download`,
  )
  process.exit(3)
}
const args = process.argv.slice(2)
const unknown = args.find((arg) => !OPTIONS.includes(arg))
if (unknown !== undefined) {
  say(`unknown option ${unknown}\n  usage: node tools/setup.mjs [${OPTIONS.join('] [')}]`)
  process.exit(2)
}
try {
  await setUp({
    liveOptional: args.includes('--live-optional'),
    browser: args.includes('--browser'),
    servers: args.includes('--servers'),
    nats: args.includes('--nats'),
    moto: args.includes('--moto'),
    focusValidator: args.includes('--focus-validator'),
  })
} catch (error) {
  process.exitCode = exitCodeOf(error)
}
