// Ports on the loopback: one that is free now, or the plain statement that the one asked for is not.
import { type AddressInfo, createServer } from 'node:net'
import { MissingHere } from './errors.ts'

export const LOOPBACK = '127.0.0.1'

/**
 * A port that nothing listens on; `wanted` 0 lets the system choose. Another process may still take it before
 * it is used, so whoever listens on it must report that too. Error: MP_PORT_TAKEN.
 */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? portTaken(wanted, error) : error),
    )
    server.listen({ host: LOOPBACK, port: wanted, exclusive: true }, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

export function portTaken(port: number, cause?: unknown): MissingHere {
  return new MissingHere(
    'MP_PORT_TAKEN',
    `port ${port} of ${LOOPBACK} is taken by another process`,
    `Stop that process (on Linux \`ss -ltnp | grep ${port}\` names it), or give another port.`,
    cause,
  )
}
