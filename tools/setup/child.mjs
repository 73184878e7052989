// Child processes of set-up: run quietly, an excerpt kept for the error, and ended as a group when cancelled.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const FIRST_LINES = 6
const LAST_LINES = 10
const KILL_AFTER_MS = 3_000
const isWindows = process.platform === 'win32'

/**
 * @typedef {object} Ended
 * @property {boolean} ok True for exit code 0.
 * @property {string} why How it ended, e.g. `exit code 1`; empty where ok.
 * @property {string} output Its first and last lines, stdout and stderr together.
 */

/** @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} signal */
function killGroup(child, signal) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    if (isWindows) child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error
  }
}

/**
 * Runs a command to its end. Rejects only when `signal` aborts, after the command's processes are gone.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string | undefined>, cwd?: string, signal?: AbortSignal, timeoutMs?: number }} options
 * @returns {Promise<Ended>}
 */
export function run(command, args, { env, cwd, signal, timeoutMs } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: !isWindows,
    })
    /** @type {string[]} */
    const lines = []
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        if (lines.length > FIRST_LINES + LAST_LINES) lines.splice(FIRST_LINES, 1)
      })
    }
    /** @type {NodeJS.Timeout[]} */
    const timers = []
    let timedOut = false
    function stop() {
      killGroup(child, 'SIGTERM')
      timers.push(setTimeout(() => killGroup(child, 'SIGKILL'), KILL_AFTER_MS))
    }
    if (timeoutMs !== undefined) {
      timers.push(
        setTimeout(() => {
          timedOut = true
          stop()
        }, timeoutMs),
      )
    }
    signal?.addEventListener('abort', stop)
    /** @param {string} why */
    function settle(why) {
      signal?.removeEventListener('abort', stop)
      for (const timer of timers) clearTimeout(timer)
      if (signal?.aborted) reject(signal.reason)
      else resolve({ ok: why === '', why, output: lines.join('\n').trim() })
    }
    child.on('error', (error) => settle(error.message))
    child.on('close', (code, killedBy) => {
      if (timedOut) settle(`no answer within ${(timeoutMs ?? 0) / 1_000} s`)
      else settle(code === 0 ? '' : killedBy ? `signal ${killedBy}` : `exit code ${code}`)
    })
  })
}
