// A server that cannot listen, as an error that names what to change.
import type { AddressInfo, Server } from 'node:net'
import { InvalidInput, MissingHere } from './errors.ts'

export interface ListenPlace {
  host: string
  port: number
  /** Where the host and the port are given: "--host", "`listen.host` in pop.json". */
  hostSetting: string
  portSetting: string
}

/** Names that resolve to nothing, and addresses that are not of this machine. */
const NOT_HERE = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/** Passes on what `attempt` resolves with. Errors: MP_PORT_TAKEN, MP_LISTEN_ADDRESS; any other as it is. */
export async function listening<Bound>(
  attempt: Promise<Bound>,
  { host, port, hostSetting, portSetting }: ListenPlace,
): Promise<Bound> {
  try {
    return await attempt
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') {
      throw new MissingHere(
        'MP_PORT_TAKEN',
        `port ${port} is taken by another process`,
        `Stop that process (\`ss -ltnp | grep ${port}\` names it), or choose another port with ${portSetting}.`,
        error,
      )
    }
    if (!NOT_HERE.has(code)) throw error
    throw new InvalidInput(
      'MP_LISTEN_ADDRESS',
      `${host} is no address of this machine (${code})`,
      `Give an address that \`ip address\` shows with ${hostSetting}, or 0.0.0.0 for all of them.`,
    )
  }
}

/** Resolves with the port bound. Rejects as `net.Server` does, and leaves no listener behind. */
export function listenOn(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.removeListener('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
