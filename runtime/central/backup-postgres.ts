// Backup of a PostgreSQL server's database: its own pg_dump and pg_restore, of central's schema alone.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { link, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidInput, MicropopError, MissingHere } from '../errors.ts'
import { notABackup, notWritten, restoreOver } from './backup.ts'
import { openPostgres } from './postgres.ts'

const SCHEMA = 'micropop'
/** How pg_dump's custom format begins. */
const MAGIC = 'PGDMP'
/** Where Debian keeps the programs of each version. */
const DEBIAN = '/usr/lib/postgresql'
const SAID_CHARS_MAX = 4_000

/** See `backup`. */
export async function backupPostgres(databaseUrl: string, file: string): Promise<number> {
  const environment = connectionOf(databaseUrl)
  const temporary = `${file}.${randomUUID()}.tmp`
  try {
    const made = await open(temporary, 'wx', 0o600).catch((error) => {
      throw notWritten(file, error)
    })
    await made.close()
    await run(
      'pg_dump',
      ['--format=custom', `--schema=${SCHEMA}`, '--no-owner', '--no-acl', '--file', temporary],
      environment,
    )
    await link(temporary, file).catch((error) => {
      throw notWritten(file, error)
    })
    return (await stat(file)).size
  } finally {
    await rm(temporary, { force: true })
  }
}

/** See `restore`: in one transaction, so that the database is as it was where it fails. */
export async function restorePostgres(databaseUrl: string, file: string, replace: boolean): Promise<void> {
  const environment = connectionOf(databaseUrl)
  if ((await beginningOf(file)) !== MAGIC) throw notABackup(file, 'is no backup of a PostgreSQL server')
  const store = await openPostgres(databaseUrl)
  try {
    const schemas = await store.query('select 1 from pg_namespace where nspname = $1', [SCHEMA])
    if (schemas.length > 0 && !replace) throw restoreOver(store.description)
  } finally {
    await store.close()
  }
  const replacing = replace ? ['--clean', '--if-exists'] : []
  const options = ['--single-transaction', '--exit-on-error', '--no-owner', '--no-acl', ...replacing]
  await run('pg_restore', [...options, '--dbname', environment.PGDATABASE ?? '', file], environment)
}

async function beginningOf(path: string): Promise<string> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw notABackup(path, `cannot be read: ${error.code}`)
  })
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** What libpq takes a connection from: the password is not on the command line, where others see it. */
function connectionOf(databaseUrl: string): Record<string, string> {
  const url = URL.parse(databaseUrl)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new InvalidInput(
      'MP_DATABASE_URL',
      'DATABASE_URL is not the URL of a PostgreSQL server',
      'Write it as postgres://USER:PASSWORD@HOST:5432/DATABASE, with %-escapes in the password.',
    )
  }
  const sslmode = url.searchParams.get('sslmode')
  return {
    PGHOST: url.hostname.replace(/^\[|\]$/g, ''),
    PGPORT: url.port || '5432',
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
    ...(sslmode !== null && { PGSSLMODE: sslmode }),
  }
}

async function run(
  tool: 'pg_dump' | 'pg_restore',
  args: string[],
  environment: Record<string, string>,
): Promise<void> {
  const child = spawn(toolAt(tool), args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    if (said.length < SAID_CHARS_MAX) said += chunk
  })
  const [code] = await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? noTools(tool) : error
  })
  if (code === 0) return
  // What it says names the server and objects of the schema; rows it quotes only when it restores, from the line DETAIL on.
  const [why = ''] = said.split(/\n(?:DETAIL|CONTEXT):/)
  throw new MicropopError('MP_BACKUP_FAILED', `${tool} ended with ${code}: ${why.trim().slice(0, 500)}`, {
    exitCode: 3,
    remedy: `Nothing was changed. Use a ${tool} of the server's version or a newer one, with rights on the schema ${SCHEMA}.`,
  })
}

/** The newest that Debian has, where there are several: an older one refuses a newer server. */
function toolAt(tool: string): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : []
  return (
    versions.map((version) => join(DEBIAN, version, 'bin', tool)).find((path) => existsSync(path)) ?? tool
  )
}

function noTools(tool: string): MissingHere {
  return new MissingHere(
    'MP_PG_TOOLS',
    `${tool} is not on this machine`,
    "Install PostgreSQL's client programs: apt-get install postgresql-client.",
  )
}
