#!/usr/bin/env node
// Starts main.ts on Node 24, which reads TypeScript as it stands; runs itself on any Node from 12.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 24
const root = fileURLToPath(new URL('..', import.meta.url))
const installedNode = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

// The tools that set-up built come before those of the machine, for every process the command starts.
process.env.PATH = [join(root, '.tools', 'bin'), join(root, 'node_modules', '.bin'), process.env.PATH].join(
  delimiter,
)

/** One line on stderr, exit code 3. @param {string} message */
function refuse(message) {
  process.stderr.write(`${message}\n`)
  process.exit(3)
}

/** Runs this file again on the installed Node and ends as it ends. */
function restart() {
  const child = spawn(installedNode, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  child.on('error', (error) => refuse(`micropop: ${installedNode} does not start: ${error.message}`))
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? (code ?? 5) : 128 + constants.signals[signal])
  })
}

if (!existsSync(join(root, 'node_modules', 'commander'))) {
  refuse('micropop is not set up in this clone yet: run `npm start` or `node tools/setup.mjs` once.')
} else if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) {
  nodeModule.enableCompileCache?.(join(root, 'node_modules', '.cache', 'micropop'))
  await import('./main.ts')
} else if (existsSync(installedNode)) {
  restart()
} else {
  refuse(
    `micropop needs Node ${NODE_MAJOR} or newer, this is ${process.version}: run \`node tools/setup.mjs\`, which installs it here.`,
  )
}
