// `micropop pop`: runs a venue's PoP from its pop.json.
import { Command } from 'commander'
import { type Logger, pino } from 'pino'
import type { RunningPop } from '../runtime/pop.ts'
import { PATHS } from '../runtime/ports.ts'
import { untilAborted } from './abort.ts'
import { logLevelOption } from './log-level.ts'
import { readPopConfig } from './pop-config-file.ts'
import { replicaToken, uplinkToken } from './secrets.ts'

interface Options {
  config: string
  promote: boolean
  spot: boolean
  logLevel: string
}

export function popCommand(): Command {
  return new Command('pop')
    .description('run a PoP: sessions, durable queue, images')
    .option('--config <file>', 'the compiled configuration of this PoP', PATHS.popConfig)
    .option('--promote', 'take over the log that `micropop follow` kept here, once', false)
    .option('--spot', 'drain and end when EC2 announces that it takes this spot machine back', false)
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      '\nMICROPOP_UPLINK_TOKEN is the secret that central asks for, MICROPOP_REPLICA_TOKEN the one of a PoP that' +
        '\nfollows this one. NATS_URL makes the PoPs of an event one broker (NATS_TOKEN or NATS_CREDS, NATS_CA), as does' +
        '\n`nats` in pop.json, with NATS_PASSWORD.',
    )
    .action(async ({ config: file, promote, spot, logLevel }: Options) => {
      const config = await readPopConfig(file)
      const [{ startPop }, { natsOfPop }] = await Promise.all([
        import('../runtime/pop.ts'),
        import('../runtime/nats/connection.ts'),
      ])
      const logger = pino({ level: logLevel, base: { pop: config.pop } }, pino.destination(2))
      const pop = await startPop({
        config,
        uplinkToken: uplinkToken(process.env),
        replicaToken: replicaToken(process.env),
        nats: natsOfPop(config.nats ?? null, process.env),
        promote,
        logger,
      })
      process.stdout.write(`${JSON.stringify({ ready: true, port: pop.port, adminPort: pop.adminPort })}\n`)
      void untilAborted().then(() => pop.drain())
      const ended = new AbortController()
      if (spot) void drainOnNotice(pop, logger, ended.signal)
      await pop.ended.finally(() => {
        ended.abort()
        return pop.close()
      })
    })
}

/** AWS_EC2_METADATA_SERVICE_ENDPOINT is what the AWS SDKs read too. */
async function drainOnNotice(pop: RunningPop, logger: Logger, signal: AbortSignal): Promise<void> {
  const { spotNotice } = await import('../runtime/pop/spot-watch.ts')
  const endpoint = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT
  const notice = await spotNotice({ ...(endpoint && { endpoint }), logger, signal })
  if (notice === null) return
  logger.warn(notice, 'EC2 takes this spot machine back: sessions are sent away, then this PoP ends')
  await pop.drain()
}
