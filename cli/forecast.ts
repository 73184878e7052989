// `micropop forecast`: what the event will cost, line by line, and whether that is within its budget.
import { Command, Option } from 'commander'
import type { Forecast } from '../simulator/costs/forecast-result.ts'

const FORMATS = ['text', 'json', 'csv'] as const
type Format = (typeof FORMATS)[number]

interface Options {
  format: Format
  out?: string
}

/** 1 where the budget is passed, 4 where something unpriced leaves it open, else 0. */
const EXIT_CODES = { over: 1, unknown: 4, within: 0 } as const

export function forecastCommand(): Command {
  return new Command('forecast')
    .description('what the event will cost, line by line')
    .argument('<event>', 'event file')
    .addOption(
      new Option('--format <format>', 'how the forecast is printed').choices(FORMATS).default('text'),
    )
    .option('--out <dir>', 'also write forecast.txt, forecast.json and forecast.csv there')
    .action(async (file: string, { format, out }: Options) => {
      const result = await forecastOf(file)
      process.stdout.write(await render(result, format))
      if (out !== undefined) {
        const { writeTogether } = await import('../reports/write.ts')
        await writeTogether(out, {
          'forecast.txt': await render(result, 'text'),
          'forecast.json': await render(result, 'json'),
          'forecast.csv': await render(result, 'csv'),
        })
      }
      process.exitCode = result.budget === null ? 0 : EXIT_CODES[result.budget.outcome]
    })
}

/** The event file is read first: the engine's modules take a second to load, and a mistake needs none of it. */
async function forecastOf(file: string): Promise<Forecast> {
  const { loadEvent } = await import('../infra/event/load.ts')
  const event = loadEvent(file)
  const [{ recordGraph }, { expectedCost }] = await Promise.all([
    import('../infra/resource-graph.ts'),
    import('../simulator/costs/expected-cost.ts'),
  ])
  return expectedCost(await recordGraph(event), event)
}

async function render(result: Forecast, format: Format): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('../reports/terminal-forecast.ts')).renderForecastText(result)
    case 'json':
      return (await import('../reports/json.ts')).renderJson(result)
    case 'csv':
      return (await import('../reports/forecast-csv.ts')).renderForecastCsv(result)
  }
}
