// A port for a test's server.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Free a moment ago: another process may take it before it is used, which its user would see. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
