// A session thread: a front of its own, which exchanges batches with the main thread.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { pino } from 'pino'
import { MicropopError } from '../errors.ts'
import { systemClock } from './clock.ts'
import { Front, type FrontOptions } from './front.ts'
import type { FromThread, ThreadFault, ToThread } from './front-messages.ts'

const port = parentPort as MessagePort
const post = (message: FromThread) => port.postMessage(message)
const { options, logLevel } = workerData as { options: FrontOptions; logLevel: string }
const logger = pino({ level: logLevel, base: {} }, { write: (line) => post({ log: line }) })
const front = Front.make(options, { send: (tick) => post({ tick }), clock: systemClock, logger })

// Told to who asks first; nobody has yet.
front.catch(() => {})

port.on('message', async (message: ToThread) => {
  if ('tick' in message) {
    ;(await front).receive(message.tick)
    return
  }
  try {
    post({ answer: message.ask, value: await answer(message) })
  } catch (error) {
    post({ answer: message.ask, fault: faultOf(error) })
  }
})

async function answer(message: Exclude<ToThread, { tick: unknown }>): Promise<unknown> {
  switch (message.what) {
    case 'listen':
      return (await front).listen(message.on)
    case 'metrics':
      return (await front).metrics()
    case 'close':
      return (await front).close()
  }
}

function faultOf(error: unknown): ThreadFault {
  const { message, code } = error as Error & { code?: string }
  if (!(error instanceof MicropopError)) return { message, code }
  const { exitCode, remedy, place } = error
  return { message, code, own: { exitCode, remedy, place } }
}
