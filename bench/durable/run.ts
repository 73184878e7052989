// All that is measured of durable publishes, one after the other: the queue alone beside the disk, then over sockets
// beside JetStream and Redis. Ends with 1 where a figure is below what is wanted. Run: node bench/durable/run.ts
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

for (const file of ['queue.ts', 'over-sockets.ts']) {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const [code] = await once(spawn(process.execPath, [path], { stdio: 'inherit' }), 'exit')
  if (code !== 0) process.exitCode = code ?? 5
}
