import { once } from 'node:events';
import { createServer } from 'node:net';
import { Stop } from './stop.mjs';

const LOOPBACK = '127.0.0.1';

/** A loopback port that was free a moment ago, for a program that cannot choose one itself. */
export async function findFreePort() {
  return openAndClose(0);
}

/**
 * Throws a `Stop` when nobody could listen on that loopback port.
 *
 * @param {number} port
 */
export async function requireFreePort(port) {
  try {
    await openAndClose(port);
  } catch (error) {
    const reason = error.code === 'EADDRINUSE' ? 'something listens there already' : error.message;
    throw new Stop(`port ${port} is not free: ${reason}; choose another with --port`);
  }
}

async function openAndClose(port) {
  const server = createServer().listen(port, LOOPBACK);
  await once(server, 'listening');
  const { port: opened } = server.address();
  server.close();
  await once(server, 'close');
  return opened;
}
