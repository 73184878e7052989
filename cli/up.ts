// `micropop up --twin`: rehearses an event's deployment, with the real engine and without a cloud.
import { Command } from 'commander'
import { InvalidInput } from '../runtime/errors.ts'
import { abortSignal, untilAborted } from './abort.ts'
import { type Format, formatOption } from './options.ts'
import { progress } from './progress.ts'

interface Options {
  twin: boolean
  fault?: string
  keep: boolean
  moto: boolean
  format: Format
}

export function upCommand(): Command {
  return new Command('up')
    .description(
      'rehearse the deployment of an event: the same program, the real engine, a cloud on this machine',
    )
    .argument('<event>', 'event file')
    .option('--twin', 'into the twin; real venues are deployed with `pulumi up`', false)
    .option(
      '--fault <type:code>',
      'an API error that the first deployment meets, e.g. ec2.Eip:AddressLimitExceeded',
    )
    .option('--keep', 'leave it running for you to try until Ctrl-C', false)
    .option('--no-moto', 'do not have moto judge the parameters of calls, where it is on this machine')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nNeeds pulumi on PATH, and Toxiproxy, which `node tools/setup.mjs` builds; moto comes with its `--moto`.',
    )
    .action(run)
}

async function run(file: string, { twin, fault, keep, moto, format }: Options): Promise<void> {
  if (!twin) {
    throw new InvalidInput(
      'MP_UP_TWIN',
      '`micropop up` deploys into the twin only',
      'Write `micropop up --twin EVENT` to rehearse, and `pulumi up` to deploy real venues.',
    )
  }
  const [{ loadEvent }, { rehearseDeployment }] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/twin-cloud/rehearse-deployment.ts'),
  ])
  const steps = await rehearseDeployment(loadEvent(file), {
    signal: abortSignal(),
    onStep: (title) => progress.step(title),
    onNote: (note) => progress.note(note),
    moto,
    ...(fault !== undefined && { fault }),
    ...(keep && { keptUntil: untilAborted }),
  })
  if (format === 'json') {
    process.stdout.write(`${JSON.stringify({ steps }, null, 2)}\n`)
    return
  }
  for (const { title, detail, tookS } of steps)
    process.stdout.write(`${tookS.toFixed(1).padStart(6)} s  ${title}: ${detail}\n`)
}
