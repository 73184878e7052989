// An echo server made of the PoP's own WebSocket parts: sockets, frames, output and shared compression.
//   node echo.ts PORT
import { createServer } from 'node:http'
import { pino } from 'pino'
import { type OutputLimits, OutputTick, SessionOutput } from '../../runtime/broker/session-output.ts'
import { encodeFrame, OPCODE, SharedFrame } from '../../runtime/broker/ws-frame.ts'
import { WsServer } from '../../runtime/broker/ws-server.ts'

/** The suite sends up to 16 MiB, of which a session never has more than one waiting. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024
const WAITING_BYTES_MAX = 4 * MESSAGE_BYTES_MAX

const http = createServer()
const limits: OutputLimits = {
  bytesMax: WAITING_BYTES_MAX,
  tick: new OutputTick(setImmediate),
  lost: (session) => {
    throw new Error(`session ${session} has more waiting than the suite ever sends`)
  },
}
let sessions = 0

new WsServer(http, {
  subprotocol: '',
  messageBytesMax: MESSAGE_BYTES_MAX,
  door: { admit: () => ({ ok: true, address: '', release: () => {} }) },
  log: pino({ level: 'silent' }),
  opened: ({ socket, wire, deflate }) => {
    const output = new SessionOutput(++sessions, wire, deflate, limits)
    socket.on('error', () => socket.terminate())
    socket.on('message', (data, binary) => {
      const payload = data as Buffer
      output.control(
        binary ? SharedFrame.of(encodeFrame(OPCODE.binary, payload)) : new SharedFrame(payload.toString()),
      )
      // A close that came in the same read must not overtake the echo.
      output.flush()
    })
  },
})

http.listen(Number(process.argv[2]), '127.0.0.1')
