// `micropop support-bundle`: one file for whoever helps from elsewhere, without secrets or personal data.
import { Command } from 'commander'
import { InvalidInput } from '../runtime/errors.ts'
import { adminOrigin } from '../runtime/operations/ask-status.ts'
import { SECRET, writeNewFile } from './new-file.ts'
import { seconds } from './seconds.ts'

interface Options {
  out: string
  force: boolean
  pop: string[]
  central?: string
  config: string[]
  data: string[]
  keyFile?: string
  log: string[]
  timeout: number
}

/** Variables whose values must not be in it. */
const SECRET_VARIABLES = /TOKEN|SECRET|PASSWORD|PASSPHRASE|KEY|DATABASE_URL|CREDS/

export function supportBundleCommand(): Command {
  return new Command('support-bundle')
    .description('status, metrics, settings, queue and logs in one file, without secrets or personal data')
    .requiredOption('--out <file.tar.gz>', 'the file to write')
    .option('--force', 'replace it where it is there', false)
    .option('--pop <url...>', 'admin ports of PoPs, http://HOST:7071', [])
    .option('--central <url>', 'admin port of central, http://HOST:7081')
    .option('--config <file...>', 'pop.json files: their settings, without keys, names and addresses', [])
    .option(
      '--data <dir...>',
      "data folders of PoPs: their queues' counts, without messages and identities",
      [],
    )
    .option('--key-file <file>', 'the key, where the queues are encrypted')
    .option(
      '--log <file...>',
      'what servers logged: the end of each, without names, addresses and texts of errors',
      [],
    )
    .option('--timeout <seconds>', 'for each server', seconds, 10)
    .action(async ({ out, force, pop, central, config, data, keyFile, log, timeout }: Options) => {
      const { checkInputs, supportBundle } = await import('../runtime/operations/bundle/bundle.ts')
      await checkInputs([config, data, log])
      if (pop.length + config.length + data.length + log.length === 0 && central === undefined) {
        throw new InvalidInput(
          'MP_BUNDLE_INPUT',
          'nothing is named that a bundle could be made of',
          'Give --pop, --central, --config, --data or --log.',
        )
      }
      const { readKeyFile } = await import('../runtime/queue/log-cipher.ts')
      const bundle = await supportBundle({
        popOrigins: pop.map(adminOrigin),
        centralOrigin: central === undefined ? null : adminOrigin(central),
        configs: config,
        dataDirs: data,
        logs: log,
        cipher: keyFile === undefined ? null : await readKeyFile(keyFile),
        secrets: Object.entries(process.env).flatMap(([name, value]) =>
          SECRET_VARIABLES.test(name) && value !== undefined ? [value] : [],
        ),
        wallMs: Date.now(),
        signal: () => AbortSignal.timeout(timeout * 1_000),
      })
      await writeNewFile(out, bundle, force, SECRET)
      process.stdout.write(
        `${out}: ${bundle.length} bytes. Look into it before you send it: tar -xzf ${out}\n`,
      )
    })
}
