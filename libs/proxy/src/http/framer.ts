import { ChunkedBody } from './chunked-body.ts';
import { mayBegin, parseHead, type BodyFraming, type MessageHead, type MessageKind } from './message-head.ts';

/** A piece of the stream. All pieces together are the stream, byte by byte. */
export type Part =
  | { readonly kind: 'head'; readonly bytes: Buffer; readonly head: MessageHead }
  | { readonly kind: 'body'; readonly bytes: Buffer }
  /** The message is complete. It has no bytes of its own. */
  | { readonly kind: 'complete' }
  /** Bytes that are no HTTP/1.1, or of which nobody knows where in it they stand. */
  | { readonly kind: 'unknown'; readonly bytes: Buffer };

/** No head is longer, or it is none for us. */
const HEAD_MAX_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);
const BROKEN: BodyFraming = { kind: 'broken' };

type State =
  | { readonly kind: 'head'; readonly carry: Buffer }
  | { readonly kind: 'length'; readonly leftBytes: number }
  | { readonly kind: 'chunked'; readonly body: ChunkedBody }
  | { readonly kind: 'until-close' }
  /** It waits for bytes that begin with a start line. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'tunnel' };

/**
 * Finds the messages of one direction of an HTTP/1.1 connection. It judges nothing: what it does not understand passes as
 * `unknown`, until bytes arrive that begin with a start line. So it can also begin in the middle of a stream.
 */
export class Framer {
  readonly #kind: MessageKind;
  readonly #framingOf: (head: MessageHead) => BodyFraming;
  #state: State;

  /** @param isFromStart whether it sees the stream from its first byte */
  constructor(kind: MessageKind, framingOf: (head: MessageHead) => BodyFraming, isFromStart: boolean) {
    this.#kind = kind;
    this.#framingOf = framingOf;
    this.#state = isFromStart ? { kind: 'head', carry: NOTHING } : { kind: 'lost' };
  }

  feed(bytes: Buffer): readonly Part[] {
    const parts: Part[] = [];
    let rest = bytes;
    while (rest.length > 0) rest = this.#step(rest, parts);
    return parts;
  }

  /** The stream has ended. Returns what was kept in the hope of more. */
  end(): readonly Part[] {
    const carry = this.#state.kind === 'head' ? this.#state.carry : NOTHING;
    this.#state = { kind: 'lost' };
    return carry.length > 0 ? [{ kind: 'unknown', bytes: carry }] : [];
  }

  /** From here on all bytes are another protocol's. */
  tunnel(): void {
    this.#state = { kind: 'tunnel' };
  }

  /** Handles the beginning of `bytes` and returns the rest. */
  #step(bytes: Buffer, parts: Part[]): Buffer {
    const state = this.#state;
    switch (state.kind) {
      case 'head':
        return this.#onHead(state.carry.length > 0 ? Buffer.concat([state.carry, bytes]) : bytes, parts);
      case 'length': {
        const body = bytes.subarray(0, state.leftBytes);
        parts.push({ kind: 'body', bytes: body });
        this.#state = { kind: 'length', leftBytes: state.leftBytes - body.length };
        if (state.leftBytes === body.length) this.#complete(parts);
        return bytes.subarray(body.length);
      }
      case 'chunked': {
        const { until, end } = state.body.scan(bytes, 0);
        parts.push({ kind: 'body', bytes: bytes.subarray(0, until) });
        if (end === 'complete') this.#complete(parts);
        else if (end === 'broken') this.#state = { kind: 'lost' };
        return bytes.subarray(until);
      }
      case 'until-close':
        parts.push({ kind: 'body', bytes });
        return NOTHING;
      case 'lost':
        if (this.#beginsMessage(bytes)) return this.#onHead(bytes, parts);
        parts.push({ kind: 'unknown', bytes });
        return NOTHING;
      case 'tunnel':
        parts.push({ kind: 'unknown', bytes });
        return NOTHING;
    }
  }

  #beginsMessage(bytes: Buffer): boolean {
    const lineEnd = bytes.indexOf('\r\n');
    return lineEnd > 0 && parseHead(this.#kind, bytes.toString('latin1', 0, lineEnd)) !== undefined;
  }

  #onHead(bytes: Buffer, parts: Part[]): Buffer {
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1) {
      if (this.#mayBecomeHead(bytes)) this.#state = { kind: 'head', carry: bytes };
      else this.#lose(bytes, parts);
      return NOTHING;
    }
    const head = parseHead(this.#kind, bytes.toString('latin1', 0, end));
    const framing = head ? this.#framingOf(head) : BROKEN;
    if (!head || framing.kind === 'broken') {
      this.#lose(bytes, parts);
      return NOTHING;
    }
    parts.push({ kind: 'head', bytes: bytes.subarray(0, end + 4), head });
    this.#begin(framing, parts);
    return bytes.subarray(end + 4);
  }

  #mayBecomeHead(bytes: Buffer): boolean {
    if (bytes.length > HEAD_MAX_BYTES) return false;
    const lineEnd = bytes.indexOf('\r\n');
    if (lineEnd === -1) return mayBegin(this.#kind, bytes.toString('latin1'));
    return this.#beginsMessage(bytes);
  }

  #begin(framing: BodyFraming, parts: Part[]): void {
    switch (framing.kind) {
      case 'length':
        this.#state = { kind: 'length', leftBytes: framing.bytes };
        if (framing.bytes === 0) this.#complete(parts);
        break;
      case 'chunked':
        this.#state = { kind: 'chunked', body: new ChunkedBody() };
        break;
      case 'until-close':
        this.#state = { kind: 'until-close' };
        break;
      case 'tunnel':
        this.#state = { kind: 'tunnel' };
        break;
      case 'broken':
        this.#state = { kind: 'lost' };
        break;
    }
  }

  #complete(parts: Part[]): void {
    parts.push({ kind: 'complete' });
    this.#state = { kind: 'head', carry: NOTHING };
  }

  #lose(bytes: Buffer, parts: Part[]): void {
    parts.push({ kind: 'unknown', bytes });
    this.#state = { kind: 'lost' };
  }
}
