// One set-up at a time in a clone: a second one waits for the first, and takes over from one that died.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TOOLS } from './path.mjs'
import { say } from './progress.mjs'

const LOCK_FILE = join(TOOLS, 'setup.lock')
const LOOK_EVERY_MS = 500

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}

/** Takes the lock file, or returns the process that holds it. */
function take() {
  try {
    writeFileSync(LOCK_FILE, String(process.pid), { flag: 'wx' })
    return null
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
    return Number(readFileSync(LOCK_FILE, 'utf8'))
  }
}

/**
 * Runs `work` while no other set-up of this clone does.
 * @param {AbortSignal} signal
 * @param {() => Promise<void>} work
 */
export async function alone(signal, work) {
  mkdirSync(TOOLS, { recursive: true })
  let told = false
  for (let holder = take(); holder !== null; holder = take()) {
    if (holder !== 0 && !isRunning(holder)) rmSync(LOCK_FILE, { force: true })
    else {
      if (!told) say(`… waiting for another set-up of this clone (process ${holder})`)
      told = true
      await sleep(LOOK_EVERY_MS, undefined, { signal })
    }
  }
  try {
    await work()
  } finally {
    rmSync(LOCK_FILE, { force: true })
  }
}
