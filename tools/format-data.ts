// Lays a data file out as the formatter of the repository wants it.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { PROJECT_ROOT } from '../simulator/rehearsal/live-tools.ts'

export function formatData(file: string): void {
  const biome = join(PROJECT_ROOT, 'node_modules', '.bin', 'biome')
  execFileSync(biome, ['format', '--write', file], { stdio: 'ignore' })
}
