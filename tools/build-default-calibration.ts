// Writes the calibration that the twin uses where no live run has been made, from the runs that the twin is scored on.
//
//   node tools/measure-fidelity.ts RUNS_FOLDER     # makes them, on a machine that does nothing else
//   node tools/build-default-calibration.ts RUNS_FOLDER COREMARK
//
// COREMARK: what CoreMark prints as "Iterations/Sec" there with one thread.
//
// The scores leave out the rehearsal that is scored; here all of them count, so that joins and publishes are told apart.
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calibrate, withCoremark } from '../simulator/calibration/calibrate.ts'
import { PROJECT_ROOT } from '../simulator/rehearsal/live-tools.ts'
import { formatData } from './format-data.ts'

const [folder, coremark] = process.argv.slice(2)
if (folder === undefined || !(Number(coremark) > 0)) {
  throw new Error('Give the folder with the runs, and the CoreMark of one core of their machine.')
}
const entries = await readdir(folder, { withFileTypes: true })
const runs = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))
const calibration = withCoremark(await calibrate(runs.sort()), Number(coremark))
const out = join(PROJECT_ROOT, 'simulator', 'calibration', 'default.json')
await writeFile(out, JSON.stringify(calibration))
formatData(out)
process.stderr.write(`${out}: ${runs.length} runs, ${JSON.stringify(calibration.samples)} samples at most\n`)
