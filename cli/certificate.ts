// `micropop certificate`: obtains the certificates of an event's PoPs, and tells whether they outlast it.
import { setTimeout as wait } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import { readDuration } from '../infra/event/units.ts'
import { InvalidInput } from '../runtime/errors.ts'
import type { CertificateFor } from '../runtime/operations/certificates/certificate-folder.ts'
import { abortSignal } from './abort.ts'
import { type Format, formatOption } from './options.ts'

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory'
const FOLDER = 'certificates'

export function certificateCommand(): Command {
  return new Command('certificate')
    .description('obtain certificates for the names of PoPs, and tell whether they outlast the event')
    .addCommand(obtainCommand())
    .addCommand(statusCommand())
}

interface ObtainOptions {
  dnsHook: string
  agreeTos: boolean
  directory: string
  out: string
  email?: string
  venue?: string[]
  dnsServer?: string[]
  dnsTimeout: number
}

function obtainCommand(): Command {
  return new Command('obtain')
    .description('ask an authority for the certificates that are missing or end too soon')
    .argument('<event>', 'event file')
    .requiredOption('--dns-hook <program>', 'is run as PROGRAM present|cleanup NAME VALUE for a TXT record')
    .option('--agree-tos', 'you agree to the terms of the authority', false)
    .option('--directory <url>', 'ACME directory of the authority', acmeDirectory, LETS_ENCRYPT)
    .option('--out <dir>', 'folder of the certificates, their keys and the account’s key', FOLDER)
    .option('--email <address>', 'whom the authority may write to')
    .option('--venue <name...>', 'only for these venues')
    .option('--dns-server <host:port...>', 'servers to see the record at, instead of those of the zone')
    .option('--dns-timeout <duration>', 'for the record to be at all of them', duration, 180)
    .addHelpText('after', '\nRun it again at any time: it asks only for what is needed.')
    .action(obtain)
}

async function obtain(eventFile: string, options: ObtainOptions): Promise<void> {
  const [{ accountKey, heldCertificate, keepCertificate }, { newKey, orderCertificate }, judging, text] =
    await Promise.all([
      import('../runtime/operations/certificates/certificate-folder.ts'),
      import('../runtime/operations/certificates/acme-order.ts'),
      import('../runtime/operations/certificates/lifetime.ts'),
      import('./certificate-text.ts'),
    ])
  const { names, endsMs } = await namesOf(eventFile, options.venue)
  const { out, directory, agreeTos, email = null } = options
  const signal = abortSignal()
  const note = (line: string) => process.stderr.write(`${line}\n`)
  const authority = {
    directoryUrl: directory,
    accountKey: await accountKey(out, newKey),
    agreesToTerms: agreeTos,
    email,
  }
  for (const each of names) {
    const held = await heldCertificate(out, each, Date.now())
    const { renewFor } = judging.judgeCertificate(held, endsMs, Date.now())
    if (renewFor !== null) {
      note(`${each.name}: asking ${new URL(directory).host}: ${renewFor}`)
      const issued = await orderCertificate(each.name, authority, {
        hook: { command: options.dnsHook, signal },
        propagation: {
          servers: options.dnsServer ?? null,
          limitMs: options.dnsTimeout * 1_000,
          nowMs: () => performance.now(),
          wait: (ms) => wait(ms, undefined, { signal }),
          signal,
        },
        note: (line) => note(`${each.name}: ${line}`),
      })
      await keepCertificate(out, each.venue, issued)
    }
    const now = await heldCertificate(out, each, Date.now())
    const judged = judging.judgeCertificate(now, endsMs, Date.now())
    process.stdout.write(`${text.obtainedText(each, now, judged, renewFor !== null)}\n`)
  }
}

interface StatusOptions {
  out: string
  venue?: string[]
  format: Format
}

function statusCommand(): Command {
  return new Command('status')
    .description('whether each certificate outlasts the event and two days more')
    .argument('<event>', 'event file')
    .option('--out <dir>', 'folder of the certificates', FOLDER)
    .option('--venue <name...>', 'only for these venues')
    .addOption(formatOption())
    .addHelpText('after', '\nEnds with 1 where one does not.')
    .action(async (eventFile: string, { out, venue, format }: StatusOptions) => {
      const [{ certificateStates }, { statusText }] = await Promise.all([
        import('../runtime/operations/certificates/states.ts'),
        import('./certificate-text.ts'),
      ])
      const { names, endsMs } = await namesOf(eventFile, venue)
      const states = await certificateStates(out, names, endsMs, Date.now())
      process.stdout.write(
        format === 'json' ? `${JSON.stringify(states, null, 2)}\n` : `${statusText(states)}\n`,
      )
      if (states.some(({ outlasts }) => !outlasts)) process.exitCode = 1
    })
}

/** The names of the event's PoPs and the end of its window. Errors: those of `loadEvent`, MP_VENUE_UNKNOWN. */
async function namesOf(
  file: string,
  only: string[] | undefined,
): Promise<{ names: CertificateFor[]; endsMs: number }> {
  const [{ loadEvent }, { popName }, { eventWindow }] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../infra/names.ts'),
    import('../simulator/costs/window.ts'),
  ])
  const event = loadEvent(file)
  const venues = event.venues.map(({ name }) => name)
  const unknown = only?.find((name) => !venues.includes(name))
  if (unknown !== undefined) {
    throw new InvalidInput(
      'MP_VENUE_UNKNOWN',
      `event ${event.name} has no venue ${unknown}`,
      `Name one of its venues: ${venues.join(', ')}.`,
      { file },
    )
  }
  const zone = event.central.zone
  const names = (only ?? venues).map((venue) => ({
    venue,
    name: popName({ event: event.name, zone, venue }),
  }))
  return { names, endsMs: eventWindow(event).endMs }
}

function acmeDirectory(text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === 'https:') return text
  throw new InvalidArgumentError(`It must be an https URL, such as ${LETS_ENCRYPT}`)
}

/** Seconds. */
function duration(text: string): number {
  const read = readDuration(text)
  if (read.ok && read.value >= 1 && read.value <= 3_600) return read.value
  throw new InvalidArgumentError(read.ok ? 'It must be from 1s to 1h.' : read.why)
}
