import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';

import { type Clock, type Rng, seededRng, systemClock, systemRng } from '#libs/kernel';
import { TELEMETRY_OFF, type Telemetry } from '#libs/telemetry';

import { dispatch, splitTarget } from './dispatch.ts';
import { TARGET_FAULTS, type TargetFaultType } from './fault/catalogue.ts';
import { FaultList, type InstalledFault } from './fault/fault-list.ts';
import { httpUrl, listen } from './listen.ts';
import { type TargetOptions, type TargetSettings, targetSettings } from './options.ts';

/** A target that accepts requests. */
export interface RunningTarget {
  /** `http://host:port`. */
  readonly url: string;
  /** The port it listens on, also when it was asked for any free one. */
  readonly port: number;
  /**
   * Drains: accepts no more, closes idle connections at once and answers what is in flight with `Connection: close`.
   * Cuts what is left after `drainTimeoutMs`. Resolves when the last connection is gone.
   */
  close(): Promise<void>;
  /** Has these faults from now on, and no others. */
  suffer(faults: readonly InstalledFault[]): void;
}

/** The longest that a client may take to send the head and the whole of a request, in ms. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Starts a target in this process.
 *
 * Throws `PLR_INVALID_ARGUMENT` for a bad option and a `StartError` when it cannot listen.
 */
export async function startTarget(
  options: TargetOptions = {},
  clock: Clock = systemClock,
  telemetry: Pick<Telemetry, 'serve'> = TELEMETRY_OFF,
): Promise<RunningTarget> {
  const settings = targetSettings(options);
  const target = new TargetServer(settings, clock, telemetry);
  await target.listen();
  return target;
}

class TargetServer implements RunningTarget {
  readonly #settings: TargetSettings;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #server: Server;
  readonly #unanswered = new Set<ServerResponse>();
  readonly #faults = new FaultList();
  #port = 0;
  #closed: Promise<void> | undefined;

  constructor(settings: TargetSettings, clock: Clock, telemetry: Pick<Telemetry, 'serve'>) {
    this.#settings = settings;
    this.#clock = clock;
    this.#rng = settings.seed === undefined ? systemRng : seededRng(settings.seed);
    this.#server = createServer({
      keepAliveTimeout: settings.keepAliveTimeoutMs,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
    });
    this.#server.on('request', (request, response) => {
      // Load without a trace shall not make any here.
      telemetry.serve(request, response, () => this.#onRequest(request, response), { onlyWithParent: true });
    });
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return httpUrl(this.#settings.host, this.#port);
  }

  async listen(): Promise<void> {
    this.#port = await listen(this.#server, this.#settings.host, this.#settings.port);
  }

  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  suffer(faults: readonly InstalledFault[]): void {
    this.#faults.replace(faults, this.#clock.nowMs());
  }

  async #drain(): Promise<void> {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    // Closes the idle connections too.
    this.#server.close(() => {
      resolve();
    });
    for (const response of this.#unanswered) announceClose(response);
    const timer = this.#clock.setTimer(() => {
      this.#server.closeAllConnections();
    }, this.#settings.drainTimeoutMs);
    await closed;
    timer.cancel();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#unanswered.add(response);
    response.once('close', () => {
      this.#unanswered.delete(response);
      // An answer that began before the drain announced no close.
      if (this.#closed) this.#server.closeIdleConnections();
    });
    if (this.#closed) announceClose(response);
    const call = { request, response, clock: this.#clock };
    const target = splitTarget(request.url ?? '/');
    const goOn = (): void => dispatch(call, target, this.#rng);
    const fault = this.#faults.strike(request.method ?? '', target.path, this.#clock.nowMs(), this.#rng);
    if (fault === undefined) return goOn();
    const type: TargetFaultType = TARGET_FAULTS[fault.type];
    return type.carryOut(call, fault.magnitude, goOn);
  }
}

function announceClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
