// A WebSocket client that costs next to nothing, so that a bench measures servers: no unmasking, no decompression,
// no copy of a payload. Frames of a payload that is split (FIN unset) are not expected of the servers measured here.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

export interface RawWebSocketOptions {
  port: number
  path: string
  protocol?: string
  /** Offers permessage-deflate without context takeover; payloads then come compressed. */
  deflate?: boolean
  /** `payload` is valid during the call only. */
  received: (payload: Buffer, opcode: number, compressed: boolean) => void
  closed?: (why: string) => void
}

const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export class RawWebSocket {
  readonly #socket: Socket
  readonly #options: RawWebSocketOptions
  #rest: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket, options: RawWebSocketOptions) {
    this.#socket = socket
    this.#options = options
  }

  static open(options: RawWebSocketOptions): Promise<RawWebSocket> {
    const { port, path, protocol, deflate } = options
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      const client = new RawWebSocket(socket, options)
      let head = Buffer.alloc(0)
      const handshake = (chunk: Buffer) => {
        head = Buffer.concat([head, chunk])
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        socket.off('data', handshake)
        const status = head.subarray(0, head.indexOf('\r\n')).toString()
        if (!status.includes(' 101 ')) {
          socket.destroy()
          reject(new Error(`the server answered ${status}`))
          return
        }
        socket.on('data', (data) => client.#read(data))
        resolve(client)
        client.#read(head.subarray(end + 4))
      }
      socket.on('data', handshake)
      socket.once('error', (error) => {
        reject(error)
        options.closed?.(error.message)
      })
      socket.once('close', () => options.closed?.('the connection was closed'))
      socket.write(
        [
          `GET ${path} HTTP/1.1`,
          `Host: 127.0.0.1:${port}`,
          'Connection: Upgrade',
          'Upgrade: websocket',
          'Sec-WebSocket-Version: 13',
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
          ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
          ...(deflate
            ? [
                'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover',
              ]
            : []),
          '\r\n',
        ].join('\r\n'),
      )
    })
  }

  send(payload: string | Uint8Array): void {
    this.#socket.write(maskedFrame(payload))
  }

  /** Many payloads in one write, as a client that pipelines does. */
  sendAll(payloads: readonly (string | Uint8Array)[]): void {
    this.#socket.write(Buffer.concat(payloads.map((payload) => maskedFrame(payload))))
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (at + 2 <= data.length) {
      const first = data[at] as number
      let length = (data[at + 1] as number) & 0x7f
      let header = 2
      if (length === 126) {
        if (at + 4 > data.length) break
        length = data.readUInt16BE(at + 2)
        header = 4
      } else if (length === 127) {
        if (at + 10 > data.length) break
        length = Number(data.readBigUInt64BE(at + 2))
        header = 10
      }
      const end = at + header + length
      if (end > data.length) break
      this.#frame(first & 0x0f, data.subarray(at + header, end), (first & 0x40) !== 0)
      at = end
    }
    this.#rest = data.subarray(at)
  }

  #frame(opcode: number, payload: Buffer, compressed: boolean): void {
    if (opcode === OPCODE.ping) this.#socket.write(maskedFrame(payload, OPCODE.pong))
    else if (opcode === OPCODE.close) this.#options.closed?.(`closed with ${payload.subarray(2).toString()}`)
    else if (opcode !== OPCODE.pong) this.#options.received(payload, opcode, compressed)
  }
}

/** Masked with zeros: valid, and the payload goes as it is. */
function maskedFrame(payload: string | Uint8Array, opcode?: number): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload
  const kind = opcode ?? (typeof payload === 'string' ? OPCODE.text : OPCODE.binary)
  const long = body.length > 125
  const frame = Buffer.alloc((long ? 8 : 6) + body.length)
  frame[0] = 0x80 | kind
  frame[1] = 0x80 | (long ? 126 : body.length)
  if (long) frame.writeUInt16BE(body.length, 2)
  frame.set(body, long ? 8 : 6)
  return frame
}
