// A real PostgreSQL server for tests: its own temporary folder and port, gone after the tests.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { freePort } from '../../free-ports.ts'
import { diesWithUs } from './dies-with-us.ts'

const PASSWORD = 'p@ss word'

/** Folder of the newest installed server's programs, or why there is none to use. */
export function findPostgres(): { bin: string } | { missing: string } {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const bin = versions.map((v) => join(root, v, 'bin')).find((dir) => existsSync(join(dir, 'initdb')))
  if (bin === undefined) return { missing: `no ${root}/*/bin/initdb: install the package postgresql` }
  if (process.getuid?.() === 0 && postgresUser() === undefined) {
    return { missing: 'PostgreSQL refuses to run as root, and this machine has no user postgres' }
  }
  return { bin }
}

export interface TestPostgres {
  /** Connection string of a new empty database. */
  createDatabase: () => Promise<string>
  /** Ends the server as a crash does; `start` lets it recover. */
  crash: () => Promise<void>
  start: () => Promise<void>
  stop: () => Promise<void>
}

export async function startPostgres(bin: string): Promise<TestPostgres> {
  const identity = process.getuid?.() === 0 ? postgresUser() : undefined
  const dir = mkdtempSync(join(tmpdir(), 'micropop-postgres-'))
  const passwordFile = `${dir}.password`
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 })
  if (identity) for (const path of [dir, passwordFile]) chownSync(path, identity.uid, identity.gid)
  const options = { cwd: dir, env: { PATH: `${bin}:${process.env.PATH}`, LC_ALL: 'C.UTF-8' }, ...identity }
  const init = ['-D', dir, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile, '-N']
  execFileSync(join(bin, 'initdb'), init, { ...options, stdio: 'ignore' })
  rmSync(passwordFile)
  const port = await freePort()
  const start = async () => {
    const settings = ['-D', dir, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', dir]
    const started = spawn(...diesWithUs('QUIT', join(bin, 'postgres'), settings), {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await ready(started.stderr)
    return started
  }
  // Immediate shutdown, as in a crash: the next start recovers from the log.
  const crash = async () => {
    if (server.exitCode !== null) return
    server.kill('SIGQUIT')
    await once(server, 'exit')
  }
  let server = await start()
  const url = (database: string) =>
    `postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`
  let databases = 0
  return {
    createDatabase: async () => {
      const { default: postgres } = await import('postgres')
      const sql = postgres(url('postgres'), { max: 1 })
      const name = `test_${++databases}`
      await sql.unsafe(`create database ${name}`)
      await sql.end()
      return url(name)
    },
    crash,
    start: async () => {
      server = await start()
    },
    stop: async () => {
      await crash()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function ready(log: Readable): Promise<void> {
  const seen: string[] = []
  for await (const line of createInterface({ input: log })) {
    if (line.includes('ready to accept connections')) {
      log.resume()
      return
    }
    seen.push(line)
  }
  throw new Error(`PostgreSQL did not start:\n${seen.join('\n')}`)
}

function postgresUser(): { uid: number; gid: number } | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }).toString())
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}
