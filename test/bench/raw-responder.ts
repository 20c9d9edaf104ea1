/** Answers each read with one fixed response: a server that costs next to nothing, for machines without nginx. */
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { tlsFixture } from '../fixtures/tls/index.ts';

const response = Buffer.from(
  'HTTP/1.1 200 OK\r\nServer: raw\r\nContent-Type: application/json\r\nContent-Length: 15\r\nConnection: keep-alive\r\n\r\n{"status":"ok"}',
);
function serve(socket: Socket): void {
  socket.on('data', () => socket.write(response));
  socket.on('error', () => {});
}
const [scheme, port] = process.argv.slice(2);
const server =
  scheme === 'https'
    ? createTlsServer({ noDelay: true, key: tlsFixture('leaf.key'), cert: tlsFixture('server.pem') }, serve)
    : createServer({ noDelay: true }, serve);
server.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit());
