// `micropop calibrate`: the twin's parameters from live runs of this machine.
import { basename, dirname } from 'node:path'
import { Command } from 'commander'
import { type Format, formatOption } from './options.ts'

interface Options {
  out?: string
  format: Format
}

export function calibrateCommand(): Command {
  return new Command('calibrate')
    .description("fit the twin's service times and processor costs to live runs")
    .argument('<run...>', 'folders of finished rehearsals, all of one machine')
    .addOption(formatOption())
    .option('--out <file>', 'also write the calibration there, for `simulate --calibration`')
    .action(async (runs: string[], { out, format }: Options) => {
      const [{ calibrate }, { defaultCalibration }, { calibrationText }, { renderJson }, { writeTogether }] =
        await Promise.all([
          import('../simulator/calibration/calibrate.ts'),
          import('../simulator/calibration/default-calibration.ts'),
          import('./calibrate-text.ts'),
          import('../reports/json.ts'),
          import('../reports/write.ts'),
        ])
      const calibration = await calibrate(runs, defaultCalibration())
      const json = renderJson(calibration)
      if (out !== undefined) await writeTogether(dirname(out), { [basename(out)]: json })
      process.stdout.write(format === 'json' ? json : calibrationText(calibration))
    })
}
