// `micropop central`: runs the central server that PoPs sync to.
import { Command, InvalidArgumentError } from 'commander'
import { pino } from 'pino'
import { PORTS } from '../runtime/ports.ts'
import { untilAborted } from './abort.ts'
import { backupCommand, restoreCommand } from './central-backup.ts'
import { logLevelOption } from './log-level.ts'
import { nextUplinkToken, uplinkToken } from './secrets.ts'

interface Options {
  host: string
  port: number
  adminHost: string
  adminPort: number
  data: string
  keep: number | null
  natsReplicas: number
  logLevel: string
}

export function centralCommand(): Command {
  const command = new Command('central')
    .description('run central: takes the uplinks of PoPs and keeps what they bring')
    .option('--host <address>', 'address that PoPs connect to', '127.0.0.1')
    .option('--port <n>', 'port that PoPs connect to, 0 for a free one', port, PORTS.central)
    .option('--admin-host <address>', 'address of health, metrics, export and documents', '127.0.0.1')
    .option(
      '--admin-port <n>',
      'port of health, metrics, export and documents, 0 for a free one',
      port,
      PORTS.centralAdmin,
    )
    .option('--data <dir>', 'folder of the embedded store', '.micropop/central')
    .option(
      '--keep <days>',
      'days that messages are kept, more than the days that a PoP keeps its queue; default: all',
      days,
      null,
    )
    .option('--nats-replicas <n>', 'servers of the hub that hold each stream: 1, 3 or 5', replicas, 1)
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      '\nDATABASE_URL names a PostgreSQL server to use instead of the embedded store.' +
        '\nNATS_URL names the hub that joins the PoPs of an event; with it, NATS_TOKEN, NATS_CREDS and NATS_CA.' +
        '\nMICROPOP_UPLINK_TOKEN is the secret that PoPs must show; off loopback it is required.' +
        '\nMICROPOP_UPLINK_TOKEN_NEXT is taken too, while it is changed.',
    )
    .action(async ({ data, keep, natsReplicas, logLevel, ...listen }: Options) => {
      const { startCentral } = await import('../runtime/central.ts')
      const { natsFromEnvironment } = await import('../runtime/nats/connection.ts')
      const central = await startCentral({
        ...listen,
        dataDir: data,
        keepDays: keep,
        nats: natsFromEnvironment(process.env),
        natsReplicas,
        databaseUrl: process.env.DATABASE_URL || null,
        uplinkToken: uplinkToken(process.env),
        nextUplinkToken: nextUplinkToken(process.env),
        logger: pino({ level: logLevel, base: { process: 'central' } }, pino.destination(2)),
      })
      const { port, adminPort } = central
      process.stdout.write(`${JSON.stringify({ ready: true, port, adminPort })}\n`)
      await untilAborted()
      await central.close()
    })
  return command.addCommand(backupCommand()).addCommand(restoreCommand())
}

function port(text: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number <= 65_535) return number
  throw new InvalidArgumentError('a port is a whole number from 0 to 65535')
}

function replicas(text: string): number {
  if (/^[135]$/.test(text)) return Number(text)
  throw new InvalidArgumentError('a stream is held by 1, 3 or 5 servers')
}

function days(text: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= 1 && number <= 36_500) return number
  throw new InvalidArgumentError('days are a whole number from 1 to 36500')
}
