// A PoP's end of the uplink for tests: sends what it is told, also what no PoP would, and awaits the answers.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { type CentralUplinkFrame, UPLINK_SUBPROTOCOL } from '../../protocol/uplink.ts'

export interface TestUplinkOptions {
  token?: string
  headers?: Record<string, string>
  subprotocol?: string
}

export class TestUplink {
  readonly socket: WebSocket
  /** Resolves with the close code. */
  readonly closed: Promise<number>
  #frames: CentralUplinkFrame[] = []
  #wake: () => void = () => {}

  /** Rejects where central refuses the upgrade: `Unexpected server response: 401`. */
  static async connect(url: string, options: TestUplinkOptions = {}): Promise<TestUplink> {
    const { token, subprotocol = UPLINK_SUBPROTOCOL } = options
    const headers = { ...(token && { authorization: `Bearer ${token}` }), ...options.headers }
    const socket = new WebSocket(url, subprotocol, { headers, perMessageDeflate: false })
    const uplink = new TestUplink(socket)
    await once(socket, 'open')
    return uplink
  }

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => {
      this.#frames.push(JSON.parse(data.toString()))
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        resolve(code)
        this.#wake()
      })
    })
    // A connection cut in the middle of a frame: `closed` tells.
    socket.on('error', () => {})
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  /** The next frame that has not been taken yet; rejects where the connection ends first. */
  async next(): Promise<CentralUplinkFrame> {
    for (;;) {
      const frame = this.#frames.shift()
      if (frame !== undefined) return frame
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the uplink is closed')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Greets and returns the answer. */
  async hello(event: string, pop = 'hall', log = 'log-1'): Promise<CentralUplinkFrame> {
    this.send({ t: 'uplink', event, pop, log })
    return this.next()
  }

  /** Frames up to and including the first that `wanted` accepts. */
  async until(wanted: (frame: CentralUplinkFrame) => boolean): Promise<CentralUplinkFrame[]> {
    const frames: CentralUplinkFrame[] = []
    do frames.push(await this.next())
    while (!wanted(frames.at(-1) as CentralUplinkFrame))
    return frames
  }
}
