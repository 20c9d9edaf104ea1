/**
 * A server that can be asked too much: workers take requests from one queue, first in, first out, and each request beyond
 * the workers slows them all down. A request whose client has gone before its turn is dropped, which costs nothing.
 * `node overload-server.ts PORT WORKERS SERVICE_MS CROWD`; CROWD further requests double the service time, 0 for never.
 */
import { createServer, type ServerResponse } from 'node:http';

const [port = 0, workers = 1, serviceMs = 1, crowd = 0] = process.argv.slice(2).map(Number);
const waiting = new Set<ServerResponse>();
let working = 0;

function work(): void {
  for (const response of waiting) {
    if (working >= workers) return;
    waiting.delete(response);
    working += 1;
    const slowdown = crowd === 0 ? 1 : 1 + waiting.size / crowd;
    setTimeout(() => {
      working -= 1;
      response.end('ok');
      work();
    }, serviceMs * slowdown);
  }
}

const server = createServer((_request, response) => {
  waiting.add(response);
  response.on('close', () => waiting.delete(response));
  work();
});
server.listen(port, '127.0.0.1', 4_096);
process.on('SIGTERM', () => process.exit());
