// Socket.IO as its guide has it, WebSocket only: what is emitted as `m` goes to everybody.
//   node socket-io.ts PORT
import { Server } from 'socket.io'

const server = new Server(Number(process.argv[2]), {
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: false,
})
server.on('connection', (socket) => {
  socket.on('m', (text: string) => server.emit('m', text))
})
