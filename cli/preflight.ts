// `micropop preflight`: forecast, simulate and rehearse an event, then say go or no-go in one report.
import { Command } from 'commander'
import type { EventSpec } from '../infra/event/event.ts'
import type { Assumption, PreflightReport, ReportEvent } from '../reports/preflight-input.ts'
import { runsText, sourcesText } from '../simulator/calibration/source-text.ts'
import type { Preflight } from '../simulator/preflight.ts'
import { abortSignal } from './abort.ts'
import { attendeesOption, commandLine, type Format, formatOption, seedOption } from './options.ts'
import { priceBookFrom, pricesOption } from './prices-option.ts'
import { progress } from './progress.ts'

interface Options {
  outage?: string
  seed: number
  attendees: number
  format: Format
  prices?: string
  certificates: string
  out: string
}

const EXIT_CODE = { go: 0, 'no-go': 1, inconclusive: 4 } as const

export function preflightCommand(): Command {
  return new Command('preflight')
    .description('forecast, simulate and rehearse an event, then say go or no-go in one report')
    .argument('<event>', 'event file')
    .option('--outage <file>', "an outage file instead of the event's own")
    .addOption(attendeesOption())
    .addOption(seedOption())
    .addOption(pricesOption())
    .addOption(formatOption())
    .option('--certificates <dir>', 'folder that `certificate obtain` wrote to', 'certificates')
    .option('--out <dir>', 'folder of the report', 'reports/out')
    .action(run)
}

async function run(file: string, options: Options): Promise<void> {
  const [
    { loadEvent },
    { preflight },
    { preflightFiles },
    { prepareFolder, writeTogether },
    { renderPreflightText },
    { renderJson },
  ] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/preflight.ts'),
    import('../reports/preflight-files.ts'),
    import('../reports/write.ts'),
    import('../reports/terminal.ts'),
    import('../reports/json.ts'),
  ])
  const event = loadEvent(file, { outage: options.outage })
  await prepareFolder(options.out)
  const book = await priceBookFrom(options.prices)
  const { seed, outage, attendees, prices } = options
  const reproduce = commandLine('preflight', file, { seed, outage, attendees, prices })
  const played = await preflight(event, {
    seed,
    sessions: attendees,
    book,
    signal: abortSignal(),
    step: (title) => progress.step(title),
    note: (text) => progress.note(text),
    wallMs: () => performance.now(),
    reproduce,
  })
  const found = { ...played, ...(await withCertificatesOf(event, options.certificates, played)) }
  const report = await describeRun(event, found, [
    reproduce,
    commandLine('forecast', file, { prices }),
    commandLine('simulate', file, { seed, outage }),
    commandLine('rehearse', file, { seed, outage, attendees }),
  ])
  const paths = await writeTogether(options.out, preflightFiles(report))
  process.stdout.write(options.format === 'json' ? renderJson(report) : renderPreflightText(report))
  progress.note(`Report: ${paths[0]}`)
  process.exitCode = EXIT_CODE[found.decision]
}

/** The decision with what the certificates of PoPs that speak HTTPS add to it. */
async function withCertificatesOf(event: EventSpec, folder: string, { decision, reasons }: Preflight) {
  const [{ withCertificates }, { certificateStates }, { popName }, { eventWindow }] = await Promise.all([
    import('../simulator/certificate-decision.ts'),
    import('../runtime/operations/certificates/states.ts'),
    import('../infra/names.ts'),
    import('../simulator/costs/window.ts'),
  ])
  const { startMs, endMs } = eventWindow(event)
  const zone = event.central.zone
  const names = event.venues
    .filter(({ pop }) => pop.https)
    .map(({ name: venue }) => ({ venue, name: popName({ event: event.name, zone, venue }) }))
  const states = await certificateStates(folder, names, endMs, Date.now())
  return withCertificates({ decision, reasons }, states, startMs, Date.now())
}

async function describeRun(
  event: EventSpec,
  found: Preflight,
  reproduce: string[],
): Promise<PreflightReport> {
  const { thisCommit } = await import('../simulator/rehearsal/machine.ts')
  const { forecast, interval, day, rehearsal, verdicts, decision, reasons } = found
  return {
    event: reportEvent(event),
    forecast,
    interval,
    day,
    rehearsal,
    verdicts,
    decision,
    reasons,
    reproduce,
    generatedMs: Date.now(),
    commit: await thisCommit(),
    versions: { node: process.versions.node },
    assumptions: [...(await assumptions(event, found)), ...(await drainAssumption(found))],
  }
}

function reportEvent(event: EventSpec): ReportEvent {
  return {
    name: event.name,
    title: event.title,
    file: event.file,
    startsMs: event.startMs,
    timezone: event.timezone,
    days: event.days,
    venues: event.venues.map(({ name, placement, attendees, pop }) => ({
      name,
      placement,
      attendees,
      platform: pop.platform,
      instance: pop.platform === 'ec2' ? pop.instanceType : `${pop.cores} cores, ${pop.memoryBytes / 1e9} GB`,
    })),
    runOfShow: event.runOfShow,
    serviceLevels: event.serviceLevels,
  }
}

async function drainAssumption({ scenario, calibration }: Preflight): Promise<Assumption[]> {
  const { drainOf, measuredReconnectMs } = await import('../simulator/drain.ts')
  const drains = scenario.topology.venues.map((venue) => {
    const { sessions, reconnectsPerS, tookS, cutShort } = drainOf(venue)
    const end = cutShort ? ', longer than the process waits for it' : ''
    return `${venue.venue} sends ${sessions} sessions away at ${Math.round(reconnectsPerS)}/s, in ${tookS.toFixed(1)} s${end}`
  })
  const measured = measuredReconnectMs(calibration)
  return [
    {
      text:
        `Draining ${drains.join('; ')}: half of the cores take reconnects, each as long as \`reconnect\` of the ` +
        `PoP says. Measured: ${measured} ms, a join of ${calibration.cpu.joinMs} ms and a TLS handshake.`,
      source: 'event file, pop.reconnect; simulator/models/machine.ts for the handshake',
    },
  ]
}

async function assumptions(event: EventSpec, found: Preflight): Promise<Assumption[]> {
  const { calibration, forecast, interval, day } = found
  const { rarelyDrawn, staysAsPlanned } = await import('../reports/bill-assumptions.ts')
  const { from, machine, cpu } = calibration
  return [
    {
      text: 'What an attendee does in a minute at each level of engagement is stated, not measured.',
      source: `${event.file}: engagement, or the defaults of the event format`,
    },
    { text: 'Attendees arrive by this shape.', source: event.arrivals.source },
    {
      text: 'Access links have the rates and round trips of real transfers.',
      source: event.accessTrace.source,
    },
    {
      text: `Processes take the time that ${runsText(from)} took on ${machine.cpu}, ${machine.cores} cores.`,
      source: sourcesText(from),
    },
    ...day.outsideRange.map((text) => ({
      text: `Not verified, since beyond what was run: ${text}.`,
      source: "the twin's day",
    })),
    {
      text:
        `A publish costs the PoP's processor ${cpu.publishMs} ms, a delivery ${cpu.deliveryMs} ms, a page ` +
        `${cpu.pageMs} ms: fitted at the rates of those runs, and taken to hold at those of the day.`,
      source: 'calibration, cpu',
    },
    {
      text: [
        'Lines of the forecast are for the expected use; its interval is of who may come and what they may do.',
        `${staysAsPlanned(interval)}.`,
        ...rarelyDrawn(interval),
      ].join(' '),
      source: `${event.file}: uncertainty, or the defaults of the event format`,
    },
    {
      text: `Prices were gathered on ${forecast.priceBook.date}; each line names the date of its own rate.`,
      source: forecast.priceBook.sources.join(', '),
    },
  ]
}
