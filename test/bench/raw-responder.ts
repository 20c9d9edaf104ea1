/** Answers each read with one fixed response: a server that costs next to nothing, for machines without nginx. */
import { createServer } from 'node:net';

const response = Buffer.from(
  'HTTP/1.1 200 OK\r\nServer: raw\r\nContent-Type: application/json\r\nContent-Length: 15\r\nConnection: keep-alive\r\n\r\n{"status":"ok"}',
);
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(response));
  socket.on('error', () => {});
});
server.listen(Number(process.argv[2]), '127.0.0.1');
process.on('SIGTERM', () => process.exit());
