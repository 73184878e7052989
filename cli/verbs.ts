// The verbs of the command and how each is loaded: a verb's file is read only when that verb runs.
import { existsSync } from 'node:fs'
import { Command } from 'commander'

/** Name and summary, in the order help lists them. Verb `x` is `xCommand()` of `x.ts` in this folder. */
const SUMMARIES: Record<string, string> = {
  preflight: 'forecast, simulate and rehearse an event, then say go or no-go in one report',
  forecast: 'what the event will cost, line by line',
  simulate: "run the event's day in the digital twin",
  rehearse: 'run a window of the event live, with real processes and real outages',
  check: 'validate an event file and list what it provisions',
  init: 'write a new event file to start from',
  pop: 'run the server of a micro-PoP',
  central: 'run the central server that PoPs sync to',
}

function verbFile(name: string): URL {
  return new URL(`./${name}.ts`, import.meta.url)
}

export const VERBS = Object.keys(SUMMARIES).filter((name) => existsSync(verbFile(name)))

/** The verb's name and summary only: enough for help and for suggestions. */
export function verbOutline(name: string): Command {
  return new Command(name).description(SUMMARIES[name] ?? '').allowExcessArguments()
}

/** The verb itself, with its options and what it does. `name` is one of `VERBS`. */
export async function loadVerb(name: string): Promise<Command> {
  const module: Record<string, () => Command> = await import(verbFile(name).href)
  const create = module[`${name}Command`]
  if (create === undefined) throw new Error(`cli/${name}.ts exports no ${name}Command`)
  return create()
}
