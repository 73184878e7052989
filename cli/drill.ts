// `micropop drill`: performs a runbook on real processes, step by step, and takes it back where a step fails.
import { join, relative } from 'node:path'
import { Argument, Command, InvalidArgumentError } from 'commander'
import { abortSignal } from './abort.ts'
import { commandLine, type Format, formatOption } from './options.ts'
import { progress, type Step } from './progress.ts'

/** Attendees share this machine with the processes that serve them. */
const ATTENDEES_MAX = 500
const TTL_MAX_S = 300
const NAMES = ['handoff', 'rolling-restart', 'dns-swap'] as const
const EXAMPLE = join(import.meta.dirname, '..', 'scenarios', 'events', 'hybrid-conference-2000.yaml')

interface Options {
  venue?: string
  attendees: number
  ttl?: number
  failAt?: string
  format: Format
}

export function drillCommand(): Command {
  return new Command('drill')
    .description('perform a runbook on real processes of this machine, step by step, and count every message')
    .addArgument(new Argument('<runbook>', 'which one').choices(NAMES))
    .argument('[event]', 'event file; without one, that of the example conference')
    .option('--venue <name>', 'the venue that it is about (default: the first; rolling-restart: all)')
    .option('--attendees <n>', 'sessions a venue, which publish all the while', attendees, 24)
    .option(
      '--ttl <seconds>',
      "dns-swap: how long resolvers keep the address (default: as the event's records)",
      ttl,
    )
    .option('--fail-at <step>', 'let this step fail once it is done, to practise the way back')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nEnds with 0 where every step was done, or with --fail-at all was taken back, and no message was lost; else with 1.' +
        '\nThe same steps for a person at the venue are in docs/operations.md.' +
        '\nNeeds toxiproxy-server, which `node tools/setup.mjs` builds; dns-swap also dnsmasq, see its `--servers`.',
    )
    .action(run)
}

async function run(name: (typeof NAMES)[number], given: string | undefined, options: Options): Promise<void> {
  const [
    { loadEvent },
    { openScenario },
    { performDrill },
    { wentWell },
    { renderDrillText },
    { renderJson },
  ] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/scenario.ts'),
    import('../simulator/drills/perform-drill.ts'),
    import('../simulator/drills/drill-result.ts'),
    import('../reports/terminal-drill.ts'),
    import('../reports/json.ts'),
  ])
  const { venue, attendees, ttl: ttlS, failAt, format } = options
  const signal = abortSignal()
  const file = given ?? relative(process.cwd(), EXAMPLE)
  const event = loadEvent(file)
  const { topology } = await openScenario(event)
  let open: Step = progress.step(`Starting central, links, machines and ${attendees} attendees a venue`)
  const result = await performDrill(name, {
    event: event.name,
    topology,
    attendees,
    signal,
    reproduce: commandLine(`drill ${name}`, file, { venue, attendees, ttl: ttlS, 'fail-at': failAt }),
    ...(venue !== undefined && { venue }),
    ...(failAt !== undefined && { failAt }),
    ttlS: ttlS ?? event.dnsTtlS,
    onSite: () => open.done(),
    onBegin: ({ title, back }) => {
      open = progress.step(back ? `Back: ${title}` : title)
    },
    onEnd: ({ outcome, detail }) => {
      if (outcome === 'done' || outcome === 'taken back') open.done(detail)
      else open.failed(detail)
    },
    onNote: (note) => progress.note(note),
  }).catch((error) => {
    open.failed()
    throw error
  })
  process.stdout.write(format === 'json' ? renderJson(result) : renderDrillText(result, wentWell(result)))
  process.exitCode = wentWell(result) ? 0 : 1
}

function attendees(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1 && value <= ATTENDEES_MAX) return value
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${ATTENDEES_MAX}.`)
}

function ttl(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1 && value <= TTL_MAX_S) return value
  throw new InvalidArgumentError(`It must be whole seconds from 1 to ${TTL_MAX_S}.`)
}
