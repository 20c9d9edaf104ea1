import { request, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

/** What a client is given to read. */
export interface ReadingTask {
  readonly method: string;
  readonly bytes: Buffer;
  /** Whether a FIN follows. */
  readonly thenFin: boolean;
}

/** What `node:http` made of it: `undefined` where it came to no complete response. */
export interface NodeReading {
  readonly statusCode: number;
  readonly body: string;
}

/** A wire that gives its bytes at once. */
class GivenBytes extends Duplex {
  constructor({ bytes, thenFin }: ReadingTask) {
    super();
    this.push(bytes);
    if (thenFin) this.push(null);
  }
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

/** From the bytes in the stream to the end of the response, with a few to spare. */
const TURNS = 8;

/** Reads all of them with Node's own client, at the same time. */
export async function readByNode(tasks: readonly ReadingTask[]): Promise<Array<NodeReading | undefined>> {
  const readings = tasks.map((task) => new NodeClient(task));
  for (let i = 0; i < TURNS; i += 1) await turn();
  return readings.map((reading) => reading.end());
}

class NodeClient {
  readonly #wire: GivenBytes;
  #response: IncomingMessage | undefined;
  #body = '';
  #hasFailed = false;

  constructor(task: ReadingTask) {
    this.#wire = new GivenBytes(task);
    const sent = request({ method: task.method, createConnection: () => this.#wire });
    sent.on('response', (response) => {
      this.#response = response;
      response.setEncoding('latin1');
      response.on('data', (text: string) => (this.#body += text));
      response.on('error', () => {});
    });
    // What comes behind a complete response may be refused; that is no longer about the response.
    sent.on('error', () => (this.#hasFailed ||= !this.#response?.complete));
    sent.on('upgrade', () => (this.#hasFailed = true));
    sent.end();
  }

  end(): NodeReading | undefined {
    const response = this.#response;
    const reading =
      response?.complete && !this.#hasFailed
        ? { statusCode: response.statusCode ?? 0, body: this.#body }
        : undefined;
    this.#wire.destroy();
    return reading;
  }
}
