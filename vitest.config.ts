// How the tests run: which files, with the tools of set-up first on PATH, and the count that ends every run.
import { delimiter, join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { tallyReporter } from './tests/tally-reporter.ts'

const PATH = [
  join(import.meta.dirname, '.tools', 'bin'),
  join(import.meta.dirname, 'node_modules', '.bin'),
  process.env.PATH,
].join(delimiter)

export default defineConfig({
  test: {
    include: ['{cli,infra,reports,runtime,scenarios,simulator,tests,tools}/**/*.test.ts'],
    env: { PATH },
    reporters: ['default', tallyReporter(process.env.MICROPOP_TALLY)],
    // Real processes, databases and browsers start in some tests, on as few as two cores.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
