// What an event's deployment may not be as a whole, by its event file and its resource graph.
import { formatUsd, formatValue } from '../../reports/format.ts'
import { verdictValue } from '../../reports/headline.ts'
import { defaultCalibration } from '../../simulator/calibration/default-calibration.ts'
import { expectedCost } from '../../simulator/costs/expected-cost.ts'
import type { Forecast } from '../../simulator/costs/forecast-result.ts'
import {
  dependenciesOf,
  type Inputs,
  objectOf,
  objectsOf,
  textOf,
} from '../../simulator/costs/meters/inputs.ts'
import { eventWindow } from '../../simulator/costs/window.ts'
import type { Verdict } from '../../simulator/run-result.ts'
import { planDay } from '../../simulator/scenario.ts'
import { readTopology } from '../../simulator/topology.ts'
import { runTwin } from '../../simulator/twin.ts'
import { judge } from '../../simulator/verdict.ts'
import { loadCatalog } from '../catalog/catalog.ts'
import type { EventSpec } from '../event/event.ts'
import type { ResourceGraph, ResourceNode } from '../graph.ts'

export interface EventRule {
  /** Kebab-case, unique in the pack. */
  name: string
  description: string
  /** What is wrong, a sentence each with its figures; empty where nothing is. */
  check: (graph: ResourceGraph, event: EventSpec) => Promise<string[]> | string[]
}

/** The day of every run in the pack: the same deployment always has the same verdict. */
const SEED = 1
const LINES_NAMED = 3

const withinBudget: EventRule = {
  name: 'within-budget',
  description: "The forecast of what the event costs is within the event file's budget.",
  check: (graph, event) => {
    const cost = expectedCost(graph, event)
    const { budget, total, unpriced } = cost
    if (budget === null || budget.outcome === 'within') return []
    if (budget.outcome === 'unknown') {
      const what = unpriced.map(({ description }) => description).slice(0, LINES_NAMED)
      return [
        `${formatUsd(total)} of ${formatUsd(budget.limit)} are forecast without ${unpriced.length} lines that no ` +
          `price is known of (${what.join(', ')}): whether the budget holds cannot be told`,
      ]
    }
    const over = formatUsd(total - budget.limit)
    return [
      `${formatUsd(total)} are forecast, ${over} over the budget of ${formatUsd(budget.limit)}; ` +
        `most of it: ${largest(cost).join(', ')}`,
    ]
  },
}

const creditsWithinBudget: EventRule = {
  name: 'unlimited-credits-within-budget',
  description:
    'Machines in unlimited credit mode keep the budget even if they run at full load all the time.',
  check: (graph, event) => {
    const most = mostSurplus(graph, event)
    if (most.size === 0) return []
    const { budget, total, lines } = expectedCost(graph, event, {
      instead: (usage) =>
        usage.meter === 'cpu-surplus-credits' ? { ...usage, quantity: most.get(usage.urn) ?? 0 } : usage,
    })
    if (budget === null || total <= budget.limit) return []
    const surplus = lines.filter(({ urn, description }) => most.has(urn) && description.includes('surplus'))
    const names = graph.resources.filter(({ urn }) => most.has(urn)).map(({ name }) => name)
    const credits = surplus.reduce((sum, { amount }) => sum + amount, 0n)
    return [
      `in unlimited credit mode ${names.join(', ')} can add up to ${formatUsd(credits)} ` +
        `of surplus credits, ${formatUsd(total)} in all, and the budget is ${formatUsd(budget.limit)}: ` +
        'write `credits: standard`, or a larger budget or machine',
    ]
  },
}

const noSinglePoint: EventRule = {
  name: 'no-single-point',
  description: 'An event that says `critical: true` has two of everything whose loss would stop it.',
  check: (graph, event) => {
    if (!event.critical) return []
    const { central, venues } = readTopology(graph)
    return [
      ...(central.database.multiAz
        ? []
        : ['the database has no standby in a second zone: write `multiAz: true` under `central.database`']),
      ...(central.ingest.tasks >= 2 ? [] : ['ingest is one task: write `tasks: 2` under `central.ingest`']),
      ...venues
        .filter(
          ({ placement, backupUplink }) =>
            (placement === 'on-site' || placement === 'outpost') && backupUplink === null,
        )
        .map(({ venue }) => `venue ${venue} has one uplink: write a \`backupUplink\``),
      ...venues
        .filter(({ pop }) => pop.platform === 'ec2' && pop.policy !== 'spot' && pop.standby === null)
        .map(({ venue }) => `venue ${venue} has one machine: write \`standby: warm\` under its \`pop\``),
      ...venues
        .filter(({ pop }) => pop.platform === 'ec2' && pop.policy === 'spot')
        .map(
          ({ venue }) =>
            `venue ${venue} is on a spot machine, which AWS may take back in mid-show: write \`policy: reserved\` and \`standby: warm\``,
        ),
    ]
  },
}

const serviceLevels: EventRule = {
  name: 'service-levels',
  description: "The twin of the whole day, with the event's outage, meets the event file's service levels.",
  check: async (graph, event) => {
    const scenario = { event, graph, topology: readTopology(graph) }
    const result = await runTwin({
      event,
      topology: scenario.topology,
      plan: planDay(scenario, SEED),
      calibration: defaultCalibration(),
      reproduce: `npx micropop simulate ${event.file} --seed ${SEED}`,
      signal: new AbortController().signal,
      // How long it took is not part of a verdict.
      wallMs: () => 0,
    })
    const missed = judge(result, event.serviceLevels).filter(({ outcome }) => outcome === 'missed')
    if (missed.length === 0) return []
    const attendees = event.venues.reduce((sum, venue) => sum + venue.attendees, 0)
    return missed.map(
      (verdict) =>
        `${missedText(verdict)}, in the twin of a day with ${attendees} attendees: ${result.reproduce}`,
    )
  },
}

export const EVENT_RULES: readonly EventRule[] = [
  withinBudget,
  creditsWithinBudget,
  noSinglePoint,
  serviceLevels,
]

function largest({ lines }: Forecast): string[] {
  return lines
    .toSorted((a, b) => (a.amount < b.amount ? 1 : -1))
    .slice(0, LINES_NAMED)
    .map(({ description, venue, amount }) => `${description} at ${venue} ${formatUsd(amount)}`)
}

/** Most surplus credits that each burstable machine in unlimited mode can be charged, by URN: all cores busy throughout. */
function mostSurplus(graph: ResourceGraph, event: EventSpec): Map<string, number> {
  const { startMs, endMs } = eventWindow(event)
  const hours = (endMs - startMs) / 3_600_000
  const of = new Map<string, number>()
  for (const node of graph.resources) {
    const { inputs, types } = machineOf(node, graph)
    if (textOf(objectOf(inputs, 'creditSpecification'), 'cpuCredits') !== 'unlimited') continue
    const perHour = types.map((type) => {
      const size = loadCatalog().instanceTypes.get(type)
      return size?.burst && size.vcpus ? size.vcpus * 60 - size.burst.creditsPerHour : 0
    })
    const most = Math.max(0, ...perHour)
    if (most > 0) of.set(node.urn, hours * most)
  }
  return of
}

/** What says how a machine is made, and the types it may have; without types where the resource is no machine. */
function machineOf(node: ResourceNode, graph: ResourceGraph): { inputs: Inputs; types: string[] } {
  const { type, inputs } = node
  if (type === 'aws:ec2/instance:Instance') return { inputs, types: [String(inputs.instanceType)] }
  if (type !== 'aws:autoscaling/group:Group') return { inputs: {}, types: [] }
  const [template] = dependenciesOf(node, 'aws:ec2/launchTemplate:LaunchTemplate', graph)
  const { launchTemplate } = objectOf(inputs, 'mixedInstancesPolicy')
  const overrides = objectsOf(objectOf({ launchTemplate }, 'launchTemplate'), 'overrides')
  return { inputs: template?.inputs ?? {}, types: overrides.map(({ instanceType }) => String(instanceType)) }
}

function missedText(verdict: Verdict): string {
  return `${verdict.level}: ${verdictValue(verdict)}, the limit is ${formatValue(verdict.limit, verdict.unit)}`
}
