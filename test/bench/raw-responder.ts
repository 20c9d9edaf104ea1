/** Answers each read with one of two fixed responses: a server that costs next to nothing, for machines without nginx. */
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { tlsFixture } from '../fixtures/tls/index.ts';
import { BODY_64_KIB, BODY_64_KIB_BYTES } from './measure.ts';

function responseOf(contentType: string, body: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\nServer: raw\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}\r\nConnection: keep-alive\r\n\r\n${body}`,
  );
}

const small = responseOf('application/json', '{"status":"ok"}');
const large = responseOf('application/octet-stream', 'x'.repeat(BODY_64_KIB_BYTES));
const asksForLarge = `GET ${BODY_64_KIB.path} `;

function serve(socket: Socket): void {
  socket.on('data', (request) =>
    socket.write(request.toString('latin1').startsWith(asksForLarge) ? large : small),
  );
  socket.on('error', () => {});
}
const [scheme, port] = process.argv.slice(2);
const server =
  scheme === 'https'
    ? createTlsServer({ noDelay: true, key: tlsFixture('leaf.key'), cert: tlsFixture('server.pem') }, serve)
    : createServer({ noDelay: true }, serve);
server.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit());
