// `micropop follow`: keeps a copy of a PoP's log on this machine, ready to take its place.
import { Command } from 'commander'
import { pino } from 'pino'
import { PATHS } from '../runtime/ports.ts'
import { untilAborted } from './abort.ts'
import { logLevelOption } from './log-level.ts'
import { readPopConfig } from './pop-config-file.ts'
import { replicaToken } from './secrets.ts'

interface Options {
  config: string
  leader: string
  logLevel: string
}

export function followCommand(): Command {
  return new Command('follow')
    .description("keep a copy of a PoP's log, ready to take its place")
    .requiredOption('--leader <url>', 'the replica door of the PoP to follow: ws://HOST:7072/replica')
    .option('--config <file>', 'the configuration of the PoP that would take over here', PATHS.popConfig)
    .addOption(logLevelOption())
    .addHelpText(
      'after',
      '\nThe secret of replicas is read from MICROPOP_REPLICA_TOKEN.' +
        '\nTo take over: stop this, then `micropop pop --promote` with the same configuration.',
    )
    .action(async ({ config: file, leader, logLevel }: Options) => {
      const config = await readPopConfig(file)
      const { startFollower } = await import('../runtime/follower.ts')
      let connected: boolean | null = null
      const close = await startFollower({
        config,
        leader,
        replicaToken: replicaToken(process.env),
        logger: pino({ level: logLevel, base: { follows: config.pop } }, pino.destination(2)),
        progress: (state) => {
          if (state.connected === connected) return
          connected = state.connected
          process.stdout.write(`${JSON.stringify(state)}\n`)
        },
      })
      await untilAborted()
      await close()
    })
}
