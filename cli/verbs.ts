// The verbs of the command and how each is loaded: a verb's file is read only when that verb runs.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { MissingHere } from '../runtime/errors.ts'

interface Verb {
  summary: string
  load: () => Promise<Command>
}

/** In the order that help lists them. */
const VERBS: Record<string, Verb> = {
  preflight: {
    summary: 'forecast, simulate and rehearse an event, then say go or no-go in one report',
    load: async () => (await import('./preflight.ts')).preflightCommand(),
  },
  forecast: {
    summary: 'what the event will cost, line by line',
    load: async () => (await import('./forecast.ts')).forecastCommand(),
  },
  plan: {
    summary: 'the cheapest way of buying that still meets the service levels',
    load: async () => (await import('./plan.ts')).planCommand(),
  },
  compare: {
    summary: 'what changed in cost and recovery between two events, revisions or policies',
    load: async () => (await import('./compare.ts')).compareCommand(),
  },
  reconcile: {
    summary: "hold the event's forecast against the real bill, FOCUS or AWS CUR 2.0",
    load: async () => (await import('./reconcile.ts')).reconcileCommand(),
  },
  prices: {
    summary: 'ask AWS for the prices of today: refresh',
    load: async () => (await import('./prices.ts')).pricesCommand(),
  },
  policies: {
    summary: 'what the machines of an event, or of a calendar of events, cost under each way of buying',
    load: async () => (await import('./policies.ts')).policiesCommand(),
  },
  'cold-storage': {
    summary: "whether an event's assets should go to a colder storage class at night",
    load: async () => (await import('./cold-storage.ts')).coldStorageCommand(),
  },
  credits: {
    summary: 'CPU-credit balance, throttling and surplus charge of a load on a burstable machine',
    load: async () => (await import('./credits.ts')).creditsCommand(),
  },
  invoice: {
    summary: 'what each sponsor owes, from the session logs of PoPs',
    load: async () => (await import('./invoice.ts')).invoiceCommand(),
  },
  simulate: {
    summary: "run the event's day in the digital twin",
    load: async () => (await import('./simulate.ts')).simulateCommand(),
  },
  shrink: {
    summary: 'the smallest outage that breaks a service level of the event',
    load: async () => (await import('./shrink.ts')).shrinkCommand(),
  },
  fixes: {
    summary: 'which changes of the event withstand an outage, and what each costs',
    load: async () => (await import('./fixes.ts')).fixesCommand(),
  },
  rehearse: {
    summary: 'run a window of the event live, with real processes and real outages',
    load: async () => (await import('./rehearse.ts')).rehearseCommand(),
  },
  calibrate: {
    summary: "fit the twin's parameters to live runs of this machine",
    load: async () => (await import('./calibrate.ts')).calibrateCommand(),
  },
  drill: {
    summary: 'perform a runbook on real processes: hand over to a standby, and others',
    load: async () => (await import('./drill.ts')).drillCommand(),
  },
  check: {
    summary: 'validate an event file and list what it provisions',
    load: async () => (await import('./check.ts')).checkCommand(),
  },
  up: {
    summary: "rehearse an event's deployment in the twin: preview, up, a message, destroy",
    load: async () => (await import('./up.ts')).upCommand(),
  },
  manifests: {
    summary: 'print the Kubernetes manifests of venues on k3s, for GitOps',
    load: async () => (await import('./manifests.ts')).manifestsCommand(),
  },
  init: {
    summary: 'write a new event file to start from',
    load: async () => (await import('./init.ts')).initCommand(),
  },
  token: {
    summary: "make keys and sign attendees' tokens",
    load: async () => (await import('./token.ts')).tokenCommand(),
  },
  certificate: {
    summary: 'certificates for the names of PoPs: obtain, status',
    load: async () => (await import('./certificate.ts')).certificateCommand(),
  },
  dns: {
    summary: 'the name of a PoP in its hall, with or without an uplink',
    load: async () => (await import('./dns.ts')).dnsCommand(),
  },
  pop: {
    summary: 'run the server of a micro-PoP',
    load: async () => (await import('./pop.ts')).popCommand(),
  },
  warm: {
    summary: "make a PoP's images ahead of its visitors",
    load: async () => (await import('./warm.ts')).warmCommand(),
  },
  status: {
    summary: 'every PoP of an event at a glance, and what is wrong',
    load: async () => (await import('./status.ts')).statusCommand(),
  },
  'support-bundle': {
    summary: 'one file for whoever helps from elsewhere, without secrets or personal data',
    load: async () => (await import('./support-bundle.ts')).supportBundleCommand(),
  },
  leftovers: {
    summary: 'after a destroy: what AWS still lists under the tag of the event, and what it costs',
    load: async () => (await import('./leftovers.ts')).leftoversCommand(),
  },
  probe: {
    summary: 'ask PoPs from outside whether they serve',
    load: async () => (await import('./probe.ts')).probeCommand(),
  },
  queue: {
    summary: "look into a PoP's durable queue: inspect, verify, export",
    load: async () => (await import('./queue.ts')).queueCommand(),
  },
  follow: {
    summary: "keep a copy of a PoP's log, ready to take its place",
    load: async () => (await import('./follow.ts')).followCommand(),
  },
  worker: {
    summary: 'run days of simulations that other machines ask for over NATS',
    load: async () => (await import('./worker.ts')).workerCommand(),
  },
  central: {
    summary: 'run the central server that PoPs sync to',
    load: async () => (await import('./central.ts')).centralCommand(),
  },
}

/** Every verb: `named` with its options and what it does, the others with what help and suggestions need. Errors: MP_VERB_NOT_HERE. */
export async function verbCommands(named: string | undefined): Promise<Command[]> {
  return await Promise.all(
    Object.entries(VERBS).map(([name, { summary, load }]) =>
      name === named ? loaded(name, load) : new Command(name).description(summary).allowExcessArguments(),
    ),
  )
}

/** The container image has the files of the verbs that a PoP and central run, and no others. */
async function loaded(name: string, load: Verb['load']): Promise<Command> {
  if (existsSync(join(import.meta.dirname, `${name}.ts`))) return await load()
  throw new MissingHere(
    'MP_VERB_NOT_HERE',
    `this image has no \`micropop ${name}\`: it runs PoPs and central`,
    'Run it in a clone of the project.',
  )
}

export function isVerb(name: string | undefined): boolean {
  return name !== undefined && Object.hasOwn(VERBS, name)
}
