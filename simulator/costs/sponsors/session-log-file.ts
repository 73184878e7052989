// Session logs as they are handed in: the data folder of a PoP, also a running one's, or lines that were exported.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { InvalidInput, VoidRun } from '../../../runtime/errors.ts'
import { SESSION_LOG, type SessionLogBody } from '../../../runtime/protocol/show.ts'
import { readKeyFile } from '../../../runtime/queue/log-cipher.ts'
import { openQueueFolder, walkLog } from '../../../runtime/queue/log-walk.ts'
import type { SessionLogRecord } from './session-intervals.ts'
import { sessionLogRecord } from './session-log-line.ts'

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
      const record = sessionLogRecord(text, (what) => {
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
      if (record) yield { off: record.off, body: record.body, place: `${file}:${line}` }
    }
  } finally {
    input.destroy()
  }
}
