// An echo server of `ws` alone, to compare with.
//   node bare-ws.ts PORT
import { WebSocketServer } from 'ws'

const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  maxPayload: PAYLOAD_BYTES_MAX,
  perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 },
})
server.on('connection', (socket) => {
  // The suite breaks off many a connection on purpose.
  socket.on('error', () => socket.terminate())
  socket.on('message', (data, binary) => socket.send(data, { binary }))
})
