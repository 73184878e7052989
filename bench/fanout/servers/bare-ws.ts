// The floor: a `ws` server that sends each text frame it gets to everybody.
//   node bare-ws.ts PORT [deflate]
import { WebSocketServer } from 'ws'

const [port, deflate] = process.argv.slice(2)
const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(port),
  // Without a threshold: what is compared is a message that is compressed.
  perMessageDeflate: deflate === 'deflate' ? { threshold: 0 } : false,
})
server.on('connection', (socket) => {
  socket.on('message', (data, binary) => {
    for (const client of server.clients) client.send(data, { binary })
  })
})
