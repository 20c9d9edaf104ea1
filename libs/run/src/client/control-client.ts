import { Pool, type AllowAddress, type Response } from '#libs/client';
import type { Clock } from '#libs/kernel';

/** How long one answer may take, and the dial for it. */
const ANSWER_MS = 2_000;
/** More than a proxy with all its toxics says of itself; whatever speaks more is something else. */
const MAX_ANSWER_CHARS = 256 * 1024;
/** Of an answer that is shown. */
const MAX_SHOWN_CHARS = 1_000;

export interface ControlClientOptions {
  /** http. A path in it comes before the routes. */
  readonly controlUrl: URL;
  /** Sent as `Authorization: Bearer`. Default: none. Never shown. */
  readonly token?: string | undefined;
  /** To the origin of `controlUrl`. It is closed with the client. */
  readonly pool: Pool;
}

interface Asking {
  /** Sent as the body, where given. */
  readonly json?: unknown;
  /** How long the answer may take. Default 2,000. */
  readonly withinMs?: number | undefined;
}

export interface ControlAnswer {
  readonly statusCode: number;
  /** Its beginning. */
  readonly text: string;
}

/** Asks a control port. Every error says what was asked and what was answered, and nothing of the token. */
export class ControlClient {
  readonly #options: ControlClientOptions;
  /** What stands before the routes. */
  readonly #basePath: string;

  constructor(options: ControlClientOptions) {
    this.#options = options;
    this.#basePath = options.controlUrl.pathname.replace(/\/$/, '');
  }

  async ask(
    method: string,
    path: string,
    { json, withinMs = ANSWER_MS }: Asking = {},
  ): Promise<ControlAnswer> {
    const { token, pool } = this.#options;
    try {
      const response = await pool.request({
        method,
        path: `${this.#basePath}${path}`,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(json !== undefined && { 'content-type': 'application/json' }),
        },
        body: json === undefined ? undefined : JSON.stringify(json),
        attemptTimeoutMs: withinMs,
      });
      return { statusCode: response.statusCode, text: await beginningOf(response) };
    } catch (cause) {
      throw new Error(`${method} ${this.urlOf(path)} was not answered`, { cause });
    }
  }

  /** Asks, and takes no other answer than one of these. */
  async demand(
    method: string,
    path: string,
    accepted: readonly number[],
    asking: Asking = {},
  ): Promise<ControlAnswer> {
    const answer = await this.ask(method, path, asking);
    if (!accepted.includes(answer.statusCode)) throw this.refusal(method, path, answer);
    return answer;
  }

  refusal(method: string, path: string, { statusCode, text }: ControlAnswer): Error {
    const said = oneLine((textIn(text, 'error') ?? text).slice(0, MAX_SHOWN_CHARS));
    return new Error(`${method} ${this.urlOf(path)} was answered with ${statusCode}: ${said}`);
  }

  urlOf(path: string): string {
    return `${this.#options.controlUrl.origin}${this.#basePath}${path}`;
  }

  async close(): Promise<void> {
    await this.#options.pool.destroy();
  }
}

/** A client with a pool of its own; one connection for a fault while the end of another is awaited. */
export function controlClientTo(
  controlUrl: URL,
  options: {
    readonly token?: string | undefined;
    readonly allowAddress: AllowAddress | undefined;
    readonly clock: Clock;
  },
): ControlClient {
  const { token, allowAddress, clock } = options;
  const poolOptions = { maxConnections: 2, connectTimeoutMs: ANSWER_MS };
  return new ControlClient({
    controlUrl,
    token,
    pool: new Pool(controlUrl.origin, poolOptions, { clock, allowAddress }),
  });
}

async function beginningOf({ body }: Response): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += chunk.toString('latin1');
    if (text.length > MAX_ANSWER_CHARS) return text.slice(0, MAX_ANSWER_CHARS);
  }
  return text;
}

/** A text in a JSON object, if it is one and has it. */
export function textIn(json: string, field: string): string | undefined {
  const found = fieldOf(json, field);
  return typeof found === 'string' ? found : undefined;
}

/** A number in a JSON object, if it is one and has it. */
export function numberIn(json: string, field: string): number | undefined {
  const found = fieldOf(json, field);
  return typeof found === 'number' ? found : undefined;
}

function fieldOf(json: string, field: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  } catch {
    return undefined;
  }
}

/** Whatever answered there: it ends up in a terminal. */
export function oneLine(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ');
}
