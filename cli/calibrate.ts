// `micropop calibrate`: the twin's parameters from live runs of this machine.
import { basename, dirname } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { type Format, formatOption } from './options.ts'

interface Options {
  out?: string
  coremark?: number
  format: Format
}

export function calibrateCommand(): Command {
  return new Command('calibrate')
    .description("fit the twin's service times and processor costs to live runs")
    .argument('<run...>', 'folders of finished rehearsals, all of one machine')
    .addOption(formatOption())
    .option(
      '--coremark <iterations>',
      'CoreMark of one core of that machine, iterations a second: scales its times to instance types',
      coremarkOption,
    )
    .option('--out <file>', 'also write the calibration there, for `simulate --calibration`')
    .action(async (runs: string[], { out, coremark, format }: Options) => {
      const [
        { calibrate, withCoremark },
        { defaultCalibration },
        { calibrationText },
        { renderJson },
        { writeTogether },
      ] = await Promise.all([
        import('../simulator/calibration/calibrate.ts'),
        import('../simulator/calibration/default-calibration.ts'),
        import('./calibrate-text.ts'),
        import('../reports/json.ts'),
        import('../reports/write.ts'),
      ])
      const calibration = withCoremark(await calibrate(runs, defaultCalibration()), coremark)
      const json = renderJson(calibration)
      if (out !== undefined) await writeTogether(dirname(out), { [basename(out)]: json })
      process.stdout.write(format === 'json' ? json : calibrationText(calibration))
    })
}

/** Ten times the fastest core of the catalogue is more than a slip of the decimal point. */
const COREMARK_MAX = 1_000_000

function coremarkOption(text: string): number {
  const iterations = Number(text)
  if (text.trim() !== '' && iterations > 0 && iterations <= COREMARK_MAX) return iterations
  throw new InvalidArgumentError(
    `It must be what CoreMark prints as "Iterations/Sec" with one thread, above 0 and at most ${COREMARK_MAX}.`,
  )
}
