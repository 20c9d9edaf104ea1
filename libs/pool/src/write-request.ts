import { Buffer } from 'node:buffer';
import type { Transport } from './transport.ts';

/** A body up to this size goes out in one write with the head: one system call and one packet instead of two. */
const JOIN_BODY_BYTES = 16 * 1024;

/** Gives the wire a request whose body, if it has one, lies in memory. */
export function writeRequest(wire: Transport, head: string, body: Uint8Array | undefined): void {
  if (body === undefined || body.length === 0) {
    wire.write(head);
  } else if (body.length <= JOIN_BODY_BYTES) {
    const joined = Buffer.allocUnsafe(head.length + body.length);
    joined.write(head, 'latin1');
    joined.set(body, head.length);
    wire.write(joined);
  } else {
    wire.write(head);
    wire.write(body);
  }
}
