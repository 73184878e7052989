// A process that runs seeds one after another and tells what came of each, until it is stopped.
import { runSeed } from './run-seed.ts'

export interface Assignment {
  from: number
  step: number
}

export type Told = { seed: number } & (
  | { broken: string }
  | { events: number; acknowledged: number; polls: number; destroyed: number; lost: number }
)

process.on('disconnect', () => process.exit())
process.once('message', ({ from, step }: Assignment) => {
  void work(from, step)
})

async function work(from: number, step: number): Promise<void> {
  for (let seed = from; ; seed += step) process.send?.(await told(seed))
}

async function told(seed: number): Promise<Told> {
  try {
    const { trace: _, ...counts } = await runSeed(seed)
    return { seed, ...counts }
  } catch (error) {
    return { seed, broken: (error as Error).stack ?? String(error) }
  }
}
