// `micropop leftovers EVENT`: after `pulumi destroy`, what AWS still lists under the event's tag, and what it costs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { TAG } from '../infra/tags.ts'
import { MicropopError, MissingHere } from '../runtime/errors.ts'
import { type Format, formatOption } from './options.ts'
import { priceBookFrom, pricesOption } from './prices-option.ts'

/** Where AWS lists what is in no region: CloudFront, Route 53. */
const GLOBAL_REGION = 'us-east-1'
const WITHIN_MS = 120_000
const SAID_CHARS_MAX = 500

export function leftoversCommand(): Command {
  return new Command('leftovers')
    .description(
      'after `pulumi destroy`: what AWS still lists under the tag of the event, and what it costs a month',
    )
    .argument('<event>', 'event file')
    .addOption(pricesOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nAsks by your `aws` command, with the right tag:GetResources. Ends with 1 where something costs or may cost.' +
        '\nAWS goes on to list some things for a while after they are gone, and lists nothing that carries no tag.',
    )
    .action(async (file: string, { prices, format }: { prices?: string; format: Format }) => {
      const [{ loadEvent }, { taggedResources }, { knownPicoUsd, leftoversOf }] = await Promise.all([
        import('../infra/event/load.ts'),
        import('../simulator/leftovers/tagged-resources.ts'),
        import('../simulator/leftovers/leftovers.ts'),
      ])
      const spec = loadEvent(file)
      const book = await priceBookFrom(prices)
      const regions = [...new Set([spec.region, GLOBAL_REGION])]
      const listed = await Promise.all(regions.map((region) => askAws(region, spec.name)))
      const resources = new Map(listed.flatMap(taggedResources).map((resource) => [resource.arn, resource]))
      const left = leftoversOf([...resources.values()], spec, book)
      const { leftoversJson, leftoversText } = await import('./leftovers-text.ts')
      const found = { event: spec.name, regions, book: book.date, left, picoUsd: knownPicoUsd(left) }
      process.stdout.write(`${format === 'json' ? leftoversJson(found) : leftoversText(found)}\n`)
      if (left.some(({ cost }) => cost.is !== 'free')) process.exitCode = 1
    })
}

/** Errors: MP_NO_AWS, MP_AWS_FAILED. */
async function askAws(region: string, event: string): Promise<string> {
  const filter = `Key=${TAG.event},Values=${event}`
  const args = ['resourcegroupstaggingapi', 'get-resources', '--tag-filters', filter, '--region', region]
  const child = spawn('aws', [...args, '--output', 'json', '--no-cli-pager'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(WITHIN_MS),
  })
  const ended = once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new MissingHere(
      'MP_NO_AWS',
      'the `aws` command is not on this machine',
      'Install the AWS CLI, version 2, and log in to the account of the event.',
    )
  })
  const [[code], listed, said] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (code === 0) return listed
  throw new MicropopError(
    'MP_AWS_FAILED',
    `aws ended with ${code}: ${said.trim().slice(0, SAID_CHARS_MAX)}`,
    {
      exitCode: 3,
      remedy: `Log in to the account of the event, with the right tag:GetResources in ${region}.`,
    },
  )
}
