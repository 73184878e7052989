// `micropop queue inspect|verify|export`: looks into the durable queue of a PoP, running or not, and writes nothing.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { LANES, type Lane } from '../runtime/protocol/lanes.ts'
import type { LogSurvey } from '../runtime/queue/log-survey.ts'
import { abortSignal } from './abort.ts'
import { type Format, formatOption } from './options.ts'

interface SurveyOptions {
  format: Format
  keyFile?: string
}

interface ExportOptions {
  keyFile?: string
  lane?: Lane
  channel?: string
  client?: string
  since?: number
  unsynced?: boolean
}

export function queueCommand(): Command {
  return new Command('queue')
    .description("look into a PoP's durable queue; works beside a running PoP, and writes nothing")
    .addCommand(inspectCommand())
    .addCommand(verifyCommand())
    .addCommand(exportCommand())
}

function inspectCommand(): Command {
  return folderCommand('inspect', 'what it holds: segments, lanes, backlog, age')
    .addOption(formatOption())
    .action(async (dataDir: string, { format, keyFile }: SurveyOptions) => {
      const survey = await surveyOf(dataDir, keyFile)
      const { queueText } = await import('./queue-text.ts')
      const text = format === 'json' ? JSON.stringify(survey, null, 2) : queueText(survey, Date.now())
      process.stdout.write(`${text}\n`)
    })
}

function verifyCommand(): Command {
  return folderCommand('verify', 'read every byte; ends with 1 where something is damaged')
    .addOption(formatOption())
    .action(async (dataDir: string, { format, keyFile }: SurveyOptions) => {
      const { damage, torn, segments, records, bytes } = await surveyOf(dataDir, keyFile)
      const { soundnessText } = await import('./queue-text.ts')
      const result = { sound: damage.length === 0, segments, records, bytes, torn, damage }
      const text = format === 'json' ? JSON.stringify(result, null, 2) : soundnessText(result)
      process.stdout.write(`${text}\n`)
      if (!result.sound) process.exitCode = 1
    })
}

function exportCommand(): Command {
  return folderCommand('export', 'print its records as lines of JSON; ends with 1 where some are damaged')
    .addOption(new Option('--lane <lane>', 'only records of this lane').choices(LANES))
    .option('--channel <name>', 'only records of this channel')
    .option('--client <id>', 'only records of this client')
    .option('--since <time>', 'only records that came at this time or later, as 2026-05-12T19:00Z', instant)
    .option('--unsynced', 'only records that central does not have, as far as the log knows')
    .action(async (dataDir: string, options: ExportOptions) => {
      const { lane, channel, client, since, unsynced } = options
      const { disk, cipher } = await openFolder(dataDir, options.keyFile)
      const { exportLog } = await import('../runtime/queue/log-export.ts')
      const filter = {
        ...(lane && { lane }),
        ...(channel !== undefined && { ch: channel }),
        ...(client !== undefined && { client }),
        ...(since !== undefined && { sinceT: since }),
        ...(unsynced && { unsynced }),
      }
      const lines = exportLog(disk, cipher, filter, ({ message }) => {
        process.stderr.write(`${message}\n`)
        process.exitCode = 1
      })
      const signal = abortSignal()
      try {
        await pipeline(Readable.from(lines), process.stdout, { end: false, signal })
      } catch (error) {
        signal.throwIfAborted()
        // The reader has seen enough, as `head` has.
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
      }
    })
}

function folderCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<data-dir>', 'data folder of the PoP, or a copy of it')
    .option('--key-file <file>', 'the key, where the queue is encrypted')
}

async function openFolder(dataDir: string, keyFile: string | undefined) {
  const [{ openQueueFolder }, { readKeyFile }] = await Promise.all([
    import('../runtime/queue/log-walk.ts'),
    import('../runtime/queue/log-cipher.ts'),
  ])
  const cipher = keyFile === undefined ? null : await readKeyFile(keyFile)
  return { disk: await openQueueFolder(dataDir), cipher }
}

async function surveyOf(dataDir: string, keyFile: string | undefined): Promise<LogSurvey> {
  const { disk, cipher } = await openFolder(dataDir, keyFile)
  const { surveyLog } = await import('../runtime/queue/log-survey.ts')
  return await surveyLog(disk, cipher)
}

/** commander's parser for a moment in time. */
function instant(text: string): number {
  const value = Date.parse(text)
  if (!Number.isNaN(value)) return value
  throw new InvalidArgumentError('It must be a date and time, as 2026-05-12T19:00Z.')
}
