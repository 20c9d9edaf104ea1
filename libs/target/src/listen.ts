import { once } from 'node:events';
import type { Server } from 'node:http';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'this user may not open the port',
  EADDRNOTAVAIL: 'the address is not one of this machine',
  ENOTFOUND: 'the host name is unknown',
};

/** A server could not be brought up; the message is one sentence for people. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Lets `server` accept on `host:port` and returns the port it got. Throws a `StartError` that names all three. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw startError(host, port, error);
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** `http://host:port`, with an IPv6 address in the brackets of RFC 3986, section 3.2.2. */
export function httpUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function startError(host: string, port: number, cause: unknown): StartError {
  const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  const reason = REASONS[errno] ?? 'the system refused';
  return new StartError(`cannot listen on ${host}:${port}: ${reason} (${errno})`, { cause });
}
