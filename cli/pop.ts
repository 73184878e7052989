// `micropop pop`: runs a venue's PoP from its pop.json.
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { pino } from 'pino'
import { InvalidInput } from '../runtime/errors.ts'
import { type PopConfig, popConfigSchema } from '../runtime/pop-config.ts'
import { PATHS } from '../runtime/ports.ts'
import { untilAborted } from './abort.ts'
import { logLevelOption } from './log-level.ts'
import { uplinkToken } from './secrets.ts'

export function popCommand(): Command {
  return new Command('pop')
    .description('run a PoP: sessions, durable queue, images')
    .option('--config <file>', 'the compiled configuration of this PoP', PATHS.popConfig)
    .addOption(logLevelOption())
    .addHelpText('after', '\nThe uplink secret is read from MICROPOP_UPLINK_TOKEN.')
    .action(async ({ config: file, logLevel }: { config: string; logLevel: string }) => {
      const config = await readConfig(file)
      const { startPop } = await import('../runtime/pop.ts')
      const pop = await startPop({
        config,
        uplinkToken: uplinkToken(process.env),
        logger: pino({ level: logLevel, base: { pop: config.pop } }, pino.destination(2)),
      })
      process.stdout.write(`${JSON.stringify({ ready: true, port: pop.port, adminPort: pop.adminPort })}\n`)
      void untilAborted().then(() => pop.drain())
      await pop.ended.finally(() => pop.close())
    })
}

async function readConfig(file: string): Promise<PopConfig> {
  const remedy = 'Use a pop.json made by `micropop check EVENT --pop-json VENUE` or by the Pulumi program.'
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new InvalidInput('MP_POP_CONFIG', `cannot be read: ${(error as Error).message}`, remedy, { file })
  }
  const parsed = popConfigSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new InvalidInput('MP_POP_CONFIG', `${issue?.path.join('.')}: ${issue?.message}`, remedy, { file })
}
