/**
 * A peer that can be cut off: an HTTP server on 127.0.0.1 that sends its port to its parent. `/never` gets no answer, `/half`
 * the head and half of the body.
 */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  if (request.url === '/never') {
    process.send?.('asked');
  } else if (request.url === '/half') {
    response.writeHead(200, { 'content-length': 10 });
    response.write('12345');
  } else {
    // Said with each answer, so that the client keeps an idle connection for longer than the peer needs to vanish.
    response.setHeader('keep-alive', 'timeout=75');
    request.resume().on('end', () => response.end('ok'));
  }
});
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' && address ? address.port : 0);
});
process.on('disconnect', () => process.exit());
