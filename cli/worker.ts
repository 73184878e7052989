// `micropop worker`: runs days of simulations that `micropop simulate --workers` asks for.
import { availableParallelism, hostname } from 'node:os'
import { Command, Option } from 'commander'
import { abortSignal } from './abort.ts'
import { natsAt } from './nats-at.ts'
import { wholeNumber } from './options.ts'
import { progress } from './progress.ts'
import { jobCommand } from './worker-manifests.ts'

interface Options {
  nats?: string
  threads: number
  idle?: number
}

export function workerCommand(): Command {
  return new Command('worker')
    .addCommand(jobCommand())
    .description('run days of simulations that `micropop simulate --workers` asks for')
    .option('--nats <url>', 'the NATS server with JetStream, nats:// or tls://; default NATS_URL')
    .addOption(
      new Option('--threads <n>', 'days that are run at once')
        .default(availableParallelism())
        .argParser(wholeNumber),
    )
    .addOption(new Option('--idle <seconds>', 'end after so long without work').argParser(wholeNumber))
    .addHelpText(
      'after',
      '\nNATS_TOKEN, or the files NATS_CREDS, or NATS_CERT with NATS_KEY, say who the worker is; NATS_CA whom it trusts.',
    )
    .action(async ({ nats, threads, idle }: Options) => {
      const settings = natsAt(nats, process.env)
      const [{ runWorker }, { codeVersion }] = await Promise.all([
        import('../simulator/sweep/worker.ts'),
        import('../simulator/sweep/code-version.ts'),
      ])
      const version = codeVersion()
      const name = `${hostname()}-${process.pid}`.replace(/[^A-Za-z0-9-]/g, '-')
      progress.note(`${name} runs days for ${settings.url} on ${threads} threads, with ${version}`)
      await runWorker({
        nats: settings,
        threads,
        version,
        name,
        idleMs: idle === undefined ? null : idle * 1_000,
        signal: abortSignal(),
        note: progress.note,
      })
    })
}
