// A thread that runs days in the twin, one at a time; its parent is twin-threads.ts.
import { parentPort } from 'node:worker_threads'
import { MicropopError } from '../../runtime/errors.ts'
import { type Job, runDay } from './run-day.ts'
import type { Answer, Asked, Failure } from './twin-threads.ts'

let job: Job | null = null

parentPort?.on('message', async (asked: Asked) => {
  job = asked.job ?? job
  parentPort?.postMessage(await answerTo(asked))
})

async function answerTo({ task }: Asked): Promise<Answer> {
  try {
    if (job === null) throw new Error('the thread was asked for a day before it had the job')
    return { day: await runDay(job, task) }
  } catch (error) {
    return { failed: failureOf(error) }
  }
}

/** Classes of errors do not survive the way between threads: what a person is told of them does. */
function failureOf(error: unknown): Failure {
  if (!(error instanceof MicropopError)) {
    return { code: null, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  const { code, message, exitCode, remedy, place } = error
  return { code, message, exitCode, remedy, place }
}
