// A server under measurement: a process of its own on loopback, with what it costs, stopped when the bench is done.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const READY_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 50
const STOP_WITHIN_MS = 5_000
const SETTLE_LOOK_MS = 1_000
const SETTLE_LOOKS_MAX = 15
/** Of the resident memory, between two looks. */
const SETTLED_WITHIN = 0.002
/** Kept of what a server says, to be shown where it does not start. */
const OUTPUT_CHARACTERS_MAX = 4_000
/** Ticks of /proc/PID/stat in a second: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100

export interface ServerProcess {
  pid: number
  /** User and system time of all its threads so far, s. */
  cpuS: () => number
  /** Resident memory, bytes. */
  rssBytes: () => number
  stop: () => Promise<void>
}

/** Starts `command` and returns once `port` takes connections. Throws with what it said where it does not. */
export async function startServer(
  command: readonly string[],
  port: number,
  env: Record<string, string> = {},
): Promise<ServerProcess> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const listen = (chunk: Buffer) => {
    output = (output + chunk).slice(-OUTPUT_CHARACTERS_MAX)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      reject(new Error(`${program} ended with ${code ?? signal} before it was ready:\n${output}`)),
    )
  })
  failed.catch(() => {})
  const stop = () => stopped(child)
  try {
    await Promise.race([ready(port), failed])
  } catch (error) {
    await stop()
    throw error
  }
  const { pid = 0 } = child
  return { pid, cpuS: () => cpuSeconds(pid), rssBytes: () => residentBytes(pid), stop }
}

async function ready(port: number): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS
  while (!(await answers(port))) {
    if (performance.now() > until) throw new Error(`nothing listens on ${port} after ${READY_WITHIN_MS} ms`)
    await delay(LOOK_EVERY_MS)
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  await gone
  clearTimeout(late)
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // proc_pid_stat(5): utime is field 14 and stime 15; the first after the name is 3.
  return (Number(fields[14 - 3]) + Number(fields[15 - 3])) / TICKS_PER_S
}

function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kibibytes) * 1024
}

/** Resident memory once it neither grows nor shrinks any more, bytes. */
export async function settledRssBytes(server: ServerProcess): Promise<number> {
  let bytes = server.rssBytes()
  for (let look = 0; look < SETTLE_LOOKS_MAX; look++) {
    await delay(SETTLE_LOOK_MS)
    const before = bytes
    bytes = server.rssBytes()
    if (Math.abs(bytes - before) < SETTLED_WITHIN * before) break
  }
  return bytes
}
