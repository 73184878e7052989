// `micropop worker manifests`: the workers of simulations as a Kubernetes Job.
import { Command, Option } from 'commander'
import { NATS_PORTS } from '../runtime/ports.ts'
import { writeNewFile } from './new-file.ts'
import { wholeNumber } from './options.ts'

interface Options {
  image: string
  workers: number
  port: number
  out?: string
  force: boolean
}

export function jobCommand(): Command {
  return new Command('manifests')
    .description('print a Kubernetes Job of workers, without any secret')
    .requiredOption(
      '--image <reference>',
      'image that they run, as registry/name:tag or registry/name@sha256:digest',
    )
    .addOption(new Option('--workers <n>', 'pods, of one thread each').default(4).argParser(wholeNumber))
    .addOption(
      new Option('--port <n>', 'port of the NATS server').default(NATS_PORTS.client).argParser(wholeNumber),
    )
    .option('--out <file>', 'write it there instead')
    .option('--force', 'replace a file that is there', false)
    .action(async ({ image, workers, port, out, force }: Options) => {
      const [{ checkedImage }, { renderSweepWorkers }] = await Promise.all([
        import('../infra/image.ts'),
        import('../infra/sweep-workers/manifests.ts'),
      ])
      const text = renderSweepWorkers({ image: checkedImage(image, '--image'), workers, port })
      if (out === undefined) process.stdout.write(text)
      else await writeNewFile(out, text, force)
    })
}
