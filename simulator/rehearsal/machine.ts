// The machine and the code that a run was measured on.
import { execFile } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { promisify } from 'node:util'
import type { Machine } from '../calibration/calibration.ts'
import { PROJECT_ROOT } from './live-tools.ts'

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
  }
}

/** Short commit of the checkout, `-dirty` behind it where tracked files differ; null outside a checkout or without git. */
export async function thisCommit(): Promise<string | null> {
  try {
    const git = promisify(execFile)
    const options = { cwd: PROJECT_ROOT }
    const [{ stdout: commit }, { stdout: changes }] = await Promise.all([
      git('git', ['rev-parse', '--short=12', 'HEAD'], options),
      git('git', ['status', '--porcelain', '--untracked-files=no'], options),
    ])
    return commit.trim() + (changes === '' ? '' : '-dirty')
  } catch {
    return null
  }
}
