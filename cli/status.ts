// `micropop status`: every PoP of an event at a glance, and what is wrong.
import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import type { EventSpec } from '../infra/event/event.ts'
import { InvalidInput } from '../runtime/errors.ts'
import { adminOrigin } from '../runtime/operations/ask-status.ts'
import type { PopToAsk } from '../runtime/operations/fleet-status.ts'
import { popAddress } from '../runtime/operations/pop-address.ts'
import { popsOfStack } from '../runtime/operations/stack-outputs.ts'
import { type Format, formatOption } from './options.ts'
import { seconds } from './seconds.ts'
import { textFile } from './text-file.ts'

interface Options {
  format: Format
  pop: string[]
  stackOutput?: string
  central?: string
  ca?: string
  timeout: number
}

export function statusCommand(): Command {
  return new Command('status')
    .description(
      'every PoP at a glance: version, sessions, backlog, certificate, disk, last comparison, link',
    )
    .argument('[event]', 'event file: each of its venues must have been asked')
    .addOption(formatOption())
    .option(
      '--pop <[venue=]url...>',
      'admin port of a PoP, http://HOST:7071; forward it first where it is remote',
      [],
    )
    .option(
      '--stack-output <file>',
      'what `pulumi stack output --json` printed, - for stdin: PoPs asked from outside',
    )
    .option('--central <url>', 'admin port of central, http://HOST:7081')
    .option('--ca <file>', 'PEM of the authority of certificates, where this machine does not know it')
    .option('--timeout <seconds>', 'for each server', seconds, 10)
    .addHelpText('after', '\nEnds with 1 where something is wrong, and says what.')
    .action(async (file: string | undefined, options: Options) => {
      const [{ fleetStatus }, { statusText }, spec, pops, ca] = await Promise.all([
        import('../runtime/operations/fleet-status.ts'),
        import('./status-text.ts'),
        file === undefined ? null : import('../infra/event/load.ts').then(({ loadEvent }) => loadEvent(file)),
        popsToAsk(options),
        options.ca === undefined ? undefined : textFile(options.ca, 'MP_CA_FILE'),
      ])
      const fleet = {
        pops,
        centralOrigin: options.central === undefined ? null : adminOrigin(options.central),
        event: spec && { name: spec.name, venues: spec.venues.map(({ name }) => name) },
      }
      const status = await fleetStatus(fleet, {
        nowMs: () => performance.now(),
        wallMs: Date.now,
        client: `probe-${randomBytes(8).toString('hex')}`,
        ...(ca !== undefined && { ca }),
        signal: () => AbortSignal.timeout(options.timeout * 1_000),
      })
      const output =
        options.format === 'json'
          ? JSON.stringify(status, null, 2)
          : statusText(status, { nowMs: Date.now(), bursting: bursting(spec) })
      process.stdout.write(`${output}\n`)
      if (!status.well) process.exitCode = 1
    })
}

/** Errors: MP_NOBODY_TO_ASK, MP_ADMIN_URL, MP_POP_URL, MP_STACK_OUTPUT. */
async function popsToAsk({ pop, stackOutput }: Options): Promise<PopToAsk[]> {
  const asked: PopToAsk[] = pop.map((given) => {
    const [, venue = null, url = given] = /^([a-z0-9-]{1,40})=(.+)$/.exec(given) ?? []
    return { venue, adminOrigin: adminOrigin(url), publicUrl: null }
  })
  if (stackOutput !== undefined) {
    const json =
      stackOutput === '-' ? await text(process.stdin) : await textFile(stackOutput, 'MP_STACK_OUTPUT')
    for (const { venue, url } of popsOfStack(json, stackOutput)) {
      popAddress(url)
      const same = asked.find((one) => one.venue === venue)
      if (same) same.publicUrl = url
      else asked.push({ venue, adminOrigin: null, publicUrl: url })
    }
  }
  if (asked.length > 0) return asked
  throw new InvalidInput(
    'MP_NOBODY_TO_ASK',
    'no PoP is named',
    'Give --pop http://HOST:7071 (its admin port), or --stack-output FILE.',
  )
}

/** Venues whose machine has CPU credits. */
function bursting(spec: EventSpec | null): string[] {
  return (spec?.venues ?? []).flatMap(({ name, pop }) =>
    pop.platform === 'ec2' && pop.policy === 'burstable' ? [name] : [],
  )
}
