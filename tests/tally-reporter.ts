// Ends a test run with the skipped tests by name and reason, and with the runner's own count on one line.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'

/** `tallyFile`, where given, receives the last line: `N passed, N failed, N skipped`. */
export function tallyReporter(tallyFile: string | undefined): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      const tests = modules.flatMap((module) => [...module.children.allTests()])
      const skipped = tests.filter((test) => test.result().state === 'skipped')
      for (const test of skipped) {
        const result = test.result()
        const reason = (result.state === 'skipped' && result.note) || 'no reason given'
        process.stdout.write(`skipped: ${test.module.relativeModuleId} > ${test.fullName}: ${reason}\n`)
      }
      const passed = tests.filter((test) => test.result().state === 'passed').length
      const failed =
        tests.length - passed - skipped.length + modules.filter(failedToLoad).length + unhandledErrors.length
      const tally = `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`
      process.stdout.write(`${tally}\n`)
      if (tallyFile === undefined) return
      mkdirSync(dirname(tallyFile), { recursive: true })
      writeFileSync(tallyFile, `${tally}\n`)
    },
  }
}

/** A file that broke before or outside its tests counts as one failure. */
function failedToLoad(module: TestModule): boolean {
  return module.state() === 'failed' && (module.errors().length > 0 || module.children.size === 0)
}
