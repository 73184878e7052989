// `micropop check`: validates an event file and lists the resources that it provisions.
import { Command } from 'commander'
import type { EventSpec } from '../infra/event/event.ts'
import type { EventPlan } from '../infra/event/plan-file.ts'
import { type Format, formatOption } from './options.ts'

interface Options {
  format: Format
  popJson?: string
}

export function checkCommand(): Command {
  return new Command('check')
    .description('validate an event file and list what it provisions')
    .argument('<event>', 'event file')
    .addOption(formatOption())
    .option('--pop-json <venue>', "print the compiled configuration of that venue's PoP instead")
    .action(async (file: string, { format, popJson }: Options) => {
      const [{ loadEvent }, { planBeside }] = await Promise.all([
        import('../infra/event/load.ts'),
        import('../infra/event/plan-file.ts'),
      ])
      const event = loadEvent(file)
      process.stderr.write(planNote(planBeside(file)) + warnings(event))
      if (popJson !== undefined) {
        const { deployedPopJson } = await import('../infra/venue-pop/pop-json.ts')
        process.stdout.write(deployedPopJson(event, popJson))
        return
      }
      const [{ recordGraph }, { graphTree }] = await Promise.all([
        import('../infra/resource-graph.ts'),
        import('../infra/graph-tree.ts'),
      ])
      const graph = await recordGraph(event)
      const text = format === 'json' ? JSON.stringify(graph, null, 2) : graphTree(graph)
      process.stdout.write(`${text}\n`)
    })
}

function planNote(plan: EventPlan | null): string {
  if (plan === null) return ''
  const { file, settings, date, firstSeed, days } = plan
  const keys = settings.map(({ path }) => path.join('.')).join(', ')
  return `${file}: this plan of ${date} (seeds ${firstSeed} to ${firstSeed + days - 1}) applies, above the event file: ${keys || 'it changes nothing'}\n`
}

/** What is allowed and seldom meant. */
function warnings({ auth, file }: EventSpec): string {
  if (auth) return ''
  return `${file}: warning: without \`auth\` everyone who reaches a PoP comes in, under any name [MP_OPEN_DOOR]
  Where that is not meant, make keys with \`micropop token new-key\` and name them under \`auth\`.
`
}
