/** Sends each connection as many bytes as the second argument says, then ends it. Listens on the port of the first. */
import { createServer } from 'node:net';

const [port = 0, totalBytes = 0] = process.argv.slice(2).map(Number);
const chunk = Buffer.alloc(64 * 1024, 'x');

createServer((socket) => {
  let leftBytes = totalBytes;
  const send = (): void => {
    while (leftBytes > 0) {
      leftBytes -= chunk.length;
      if (!socket.write(chunk)) {
        socket.once('drain', send);
        return;
      }
    }
    socket.end();
  };
  socket.on('error', () => {});
  socket.resume();
  send();
}).listen(port, '127.0.0.1');
