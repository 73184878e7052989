// `micropop simulate --formulas`: the day's figures by queueing formulas.
import { calibrationFrom } from './calibration-option.ts'
import type { SimulateOptions } from './simulate.ts'

export async function simulateByFormulas(file: string, options: SimulateOptions): Promise<void> {
  const [
    { loadEvent },
    { openScenario },
    { dayOfOutage },
    { outagesIn },
    { surrogateRun },
    { renderFormulas },
    { renderJson },
    { writeTogether },
  ] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/scenario.ts'),
    import('../simulator/workload/show-day.ts'),
    import('../simulator/workload/plan.ts'),
    import('../simulator/surrogate/surrogate-run.ts'),
    import('../reports/terminal-formulas.ts'),
    import('../reports/json.ts'),
    import('../reports/write.ts'),
  ])
  const calibration = await calibrationFrom(options.calibration)
  const event = loadEvent(file, { outage: options.outage })
  const { topology } = await openScenario(event)
  const result = surrogateRun({
    event,
    topology,
    calibration,
    window: { startS: 0, endS: event.dayS },
    outages: outagesIn(event, dayOfOutage(event)),
  })
  const json = renderJson(result)
  process.stdout.write(options.format === 'json' ? json : renderFormulas(event.name, result))
  if (options.out !== undefined) await writeTogether(options.out, { 'simulate.json': json })
}
