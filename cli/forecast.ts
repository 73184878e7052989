// `micropop forecast`: what the event will cost, line by line, and whether that is within its budget.
import { Command, Option } from 'commander'
import type { Forecast } from '../simulator/costs/forecast-result.ts'

interface Options {
  format: 'text' | 'json' | 'csv'
  out?: string
}

/** 1 where the budget is passed, 4 where something unpriced leaves it open, else 0. */
const EXIT_CODES = { over: 1, unknown: 4, within: 0 } as const

export function forecastCommand(): Command {
  return new Command('forecast')
    .description('what the event will cost, line by line')
    .argument('<event>', 'event file')
    .addOption(
      new Option('--format <format>', 'how the forecast is printed')
        .choices(['text', 'json', 'csv'])
        .default('text'),
    )
    .option('--out <dir>', 'also write forecast.txt, forecast.json and forecast.csv there')
    .action(async (file: string, options: Options) => {
      const result = await forecastOf(file)
      const rendered = await renderAll(result)
      process.stdout.write(rendered[options.format])
      if (options.out !== undefined) {
        const { writeTogether } = await import('../reports/write.ts')
        await writeTogether(options.out, {
          'forecast.txt': rendered.text,
          'forecast.json': rendered.json,
          'forecast.csv': rendered.csv,
        })
      }
      process.exitCode = result.budget === null ? 0 : EXIT_CODES[result.budget.outcome]
    })
}

/** The event file is read first: the engine's modules take a second to load, and a mistake needs none of it. */
async function forecastOf(file: string): Promise<Forecast> {
  const { loadEvent } = await import('../infra/event/load.ts')
  const event = loadEvent(file)
  const [{ recordGraph }, { surrogateUsage }, { defaultCalibration }, { forecast }, { loadPriceBook }] =
    await Promise.all([
      import('../infra/resource-graph.ts'),
      import('../simulator/surrogate/surrogate.ts'),
      import('../simulator/calibration/default-calibration.ts'),
      import('../simulator/costs/forecast.ts'),
      import('../simulator/costs/price-book.ts'),
    ])
  const graph = await recordGraph(event)
  return forecast(graph, event, surrogateUsage(graph, event, defaultCalibration()), loadPriceBook())
}

async function renderAll(result: Forecast): Promise<Record<Options['format'], string>> {
  const [{ renderForecastText }, { renderForecastCsv }, { renderJson }] = await Promise.all([
    import('../reports/terminal-forecast.ts'),
    import('../reports/forecast-csv.ts'),
    import('../reports/json.ts'),
  ])
  return { text: renderForecastText(result), csv: renderForecastCsv(result), json: renderJson(result) }
}
