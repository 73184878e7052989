// `micropop pop`: runs a venue's PoP from its pop.json.
import { Command } from 'commander'
import { pino } from 'pino'
import { PATHS } from '../runtime/ports.ts'
import { untilAborted } from './abort.ts'
import { logLevelOption } from './log-level.ts'
import { readPopConfig } from './pop-config-file.ts'
import { replicaToken, uplinkToken } from './secrets.ts'

interface Options {
  config: string
  promote: boolean
  logLevel: string
}

export function popCommand(): Command {
  return new Command('pop')
    .description('run a PoP: sessions, durable queue, images')
    .option('--config <file>', 'the compiled configuration of this PoP', PATHS.popConfig)
    .option('--promote', 'take over the log that `micropop follow` kept here, once', false)
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      '\nMICROPOP_UPLINK_TOKEN is the secret that central asks for, MICROPOP_REPLICA_TOKEN the one of a PoP that' +
        '\nfollows this one. NATS_URL makes the PoPs of an event one broker (NATS_TOKEN or NATS_CREDS, NATS_CA).',
    )
    .action(async ({ config: file, promote, logLevel }: Options) => {
      const config = await readPopConfig(file)
      const [{ startPop }, { natsFromEnvironment }] = await Promise.all([
        import('../runtime/pop.ts'),
        import('../runtime/nats/connection.ts'),
      ])
      const pop = await startPop({
        config,
        uplinkToken: uplinkToken(process.env),
        replicaToken: replicaToken(process.env),
        nats: natsFromEnvironment(process.env),
        promote,
        logger: pino({ level: logLevel, base: { pop: config.pop } }, pino.destination(2)),
      })
      process.stdout.write(`${JSON.stringify({ ready: true, port: pop.port, adminPort: pop.adminPort })}\n`)
      void untilAborted().then(() => pop.drain())
      await pop.ended.finally(() => pop.close())
    })
}
