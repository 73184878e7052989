// An instance metadata service as EC2 has it, version 2 only, on loopback: what it says of the spot market is up to the test.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface MetadataServer {
  endpoint: string
  /** Text at spot/instance-action; null: there is no notice. */
  action: string | null
  /** Tokens given so far no longer hold. */
  forgetTokens: () => void
  /** Status of the next question instead of its answer. */
  fault: number | null
  /** Resolves at the `n`th question about the spot market, counted from the start. */
  asked: (n: number) => Promise<void>
  close: () => Promise<void>
}

export async function metadataServer(): Promise<MetadataServer> {
  const tokens = new Set<string>()
  let given = 0
  let questions = 0
  const waiting: { n: number; resolve: () => void }[] = []
  const server = createServer((request, response) => {
    const [status, text] = answer(request)
    response.writeHead(status).end(text)
    for (const { n, resolve } of waiting) if (questions >= n) resolve()
  })
  function answer({ method, url, headers }: IncomingMessage): [status: number, text: string] {
    if (method === 'PUT' && url === '/latest/api/token') {
      if (!(Number(headers['x-aws-ec2-metadata-token-ttl-seconds']) > 0)) return [400, '']
      const token = `token-${++given}`
      tokens.add(token)
      return [200, token]
    }
    if (!tokens.has(String(headers['x-aws-ec2-metadata-token']))) return [401, '']
    if (method !== 'GET' || url !== '/latest/meta-data/spot/instance-action') return [404, '']
    questions++
    const { fault } = metadata
    metadata.fault = null
    if (fault !== null) return [fault, '']
    return metadata.action === null ? [404, ''] : [200, metadata.action]
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const metadata: MetadataServer = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    action: null,
    forgetTokens: () => tokens.clear(),
    fault: null,
    asked: (n) =>
      new Promise((resolve) => {
        if (questions >= n) resolve()
        else waiting.push({ n, resolve })
      }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return metadata
}
