// Session logs as they are handed in: the data folder of a PoP, also a running one's, or lines that were exported.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { InvalidInput, VoidRun } from '../../../runtime/errors.ts'
import { SESSION_LOG, type SessionLogBody } from '../../../runtime/protocol/show.ts'
import { readKeyFile } from '../../../runtime/queue/log-cipher.ts'
import { openQueueFolder, walkLog } from '../../../runtime/queue/log-walk.ts'
import type { SessionLogRecord } from './session-intervals.ts'
import { parseSessionLogBody } from './session-log-body.ts'

const EXPORT = 'micropop queue export --channel log.features'

/** `keyFile`: of an encrypted queue. Errors: MP_NO_QUEUE, MP_QUEUE_KEY, MP_SESSION_LOG_…. */
export async function* readSessionLog(
  path: string,
  keyFile: string | null,
): AsyncGenerator<SessionLogRecord> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
  if (!found) {
    throw new InvalidInput(
      'MP_SESSION_LOG_MISSING',
      'there is no such file or folder',
      `Give the data folder of a PoP, or the lines that \`${EXPORT}\` prints.`,
      {
        file: path,
      },
    )
  }
  yield* found.isDirectory() ? folderRecords(path, keyFile) : fileRecords(path)
}

async function* folderRecords(dataDir: string, keyFile: string | null): AsyncGenerator<SessionLogRecord> {
  const cipher = keyFile === null ? null : await readKeyFile(keyFile)
  for await (const found of walkLog(await openQueueFolder(dataDir), cipher)) {
    if (found.is === 'damage') {
      throw new VoidRun(
        'MP_SESSION_LOG_BROKEN',
        `${dataDir}: ${found.damage.message}`,
        'Nothing is invoiced from a damaged log. `micropop queue verify` lists what is damaged; central has what was synced.',
      )
    }
    if (found.is !== 'frame') continue
    for (const entry of found.entries) {
      if (!('message' in entry) || entry.message.ch !== SESSION_LOG) continue
      const { off, origin, body } = entry.message
      const place = `${found.file} at byte ${found.offset}`
      yield { off, body: origin === undefined ? (body as SessionLogBody) : null, place }
    }
  }
}

async function* fileRecords(file: string): AsyncGenerator<SessionLogRecord> {
  const input = createReadStream(file, 'utf8')
  let line = 0
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++
      if (text.trim() === '') continue
      const record = recordOf(text, (what) => {
        throw new InvalidInput(
          'MP_SESSION_LOG_INVALID',
          what,
          `Give the lines as \`${EXPORT}\` prints them.`,
          {
            file,
            line,
          },
        )
      })
      if (record) yield { ...record, place: `${file}:${line}` }
    }
  } finally {
    input.destroy()
  }
}

/** Null for a record of another channel. */
function recordOf(text: string, wrong: (what: string) => never): Omit<SessionLogRecord, 'place'> | null {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null)
    return wrong('this line is no JSON object: it may be cut off')
  const { ch, off, origin, body, shed } = value as Record<string, unknown>
  if (typeof ch !== 'string') return wrong('this line is no record of a queue: it has no `ch`')
  if (ch !== SESSION_LOG) return null
  if (!Number.isSafeInteger(off) || (off as number) < 1) return wrong('`off` must be a whole number from 1')
  if (origin !== undefined) return { off: off as number, body: null }
  // What was shed has no content: to metering it is missing.
  if (shed === true) return wrong(`record ${off} of the session log has no content: it was let go`)
  const read = parseSessionLogBody(body)
  return 'wrong' in read ? wrong(read.wrong) : { off: off as number, body: read.ok }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
