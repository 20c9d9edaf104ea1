import { Client } from '#libs/client';
import { seededRng, PoolerError } from '#libs/kernel';
import type { Response } from '#libs/pool';
import { channels, type ConnectionRecord, type LeakRecord, type RequestRecord } from '#libs/records';
import { FakeClock, VirtualNetwork, type VirtualTransport } from '#libs/testing';
import { Dice } from './dice.ts';
import { EventLog } from './event-log.ts';
import { CUTTING, FATAL, FuzzFaults, OVERTAKEN, SPOILING } from './fuzz-faults.ts';
import { FuzzOrigin } from './fuzz-origin.ts';
import { FuzzRequest, LONGEST_DEADLINE_MS } from './fuzz-request.ts';
import { PROBE_PATH, drawSettings, type FuzzSettings } from './fuzz-settings.ts';
import { readBody } from './read-body.ts';
import { RoomOrder } from './room-order.ts';
import { Timeline } from './timeline.ts';
import type { Weather } from './weather.ts';

/** One client on a virtual network before its origins, and everything that is known of them from outside. */
export class FuzzWorld {
  readonly clock: FakeClock;
  readonly time: Timeline;
  readonly log: EventLog;
  readonly dice: Dice;
  readonly settings: FuzzSettings;
  readonly network: VirtualNetwork;
  readonly origins: readonly FuzzOrigin[];
  readonly faults: FuzzFaults | undefined;
  readonly client: Client;
  readonly rooms: RoomOrder;
  readonly requests: FuzzRequest[] = [];
  /** Requests of which the end is not known yet. */
  readonly underWay = new Set<FuzzRequest>();
  /** Requests that are over since somebody looked last. */
  readonly over = new Set<FuzzRequest>();
  /** Connections that have had bytes while they were idle. */
  readonly condemned = new WeakSet<VirtualTransport>();
  /** Connections that were idle while the machine slept. */
  readonly slept = new WeakSet<VirtualTransport>();
  /** The first thing found that must not be. */
  bug: string | undefined;
  /** What else happened that a fuzzer should reach. */
  readonly events: Record<string, number> = {};
  readonly #networkDice: Dice;
  /** Connections on which a fault was to cut an answer short. */
  readonly #cut = new WeakSet<VirtualTransport>();
  /** When the client's own faults struck last. */
  #lastFaultAtMs = -Infinity;
  /** Whose trace is begun now. */
  #sending: FuzzRequest | undefined;
  readonly #unsubscribes: Array<() => void>;

  constructor(seed: number) {
    // Half of the seeds gather what one turn of the loop brings, the others do each thing at once.
    this.clock = new FakeClock(1_000, seed % 2 === 0 ? 'at-once' : 'by-hand');
    this.time = new Timeline(this.clock);
    this.log = new EventLog(this.clock);
    this.dice = new Dice(seededRng(seed * 3));
    this.#networkDice = new Dice(seededRng(seed * 3 + 1));
    this.settings = drawSettings(this.dice, new Dice(seededRng(-seed)));
    // Some faults act behind the promises of the moment: no answer may come in the same one.
    const leastLatencyMs = this.settings.traits.faults ? 1 : 0;
    this.network = new VirtualNetwork(this.clock, {
      sight: this.settings.sight,
      windowBytes: this.settings.windowBytes,
      latencyMs: () => this.#networkDice.whole(leastLatencyMs, 4),
      onWrite: (transport, data) => this.#onWrite(transport, data),
    });
    this.origins = Array.from({ length: this.settings.origins }, (_, index) => this.#makeOrigin(index + 1));
    this.faults = this.settings.traits.faults ? this.#makeFaults() : undefined;
    this.client = this.#makeClient(seed);
    this.rooms = new RoomOrder(this.client, (sentence) => this.found(sentence));
    this.#unsubscribes = [
      channels.connection.subscribe((record) => this.#onConnection(record)),
      channels.request.subscribe((record) => this.#onRecord(record)),
      channels.leak.subscribe((record) => this.#onLeak(record)),
      channels.probe.subscribe((record) => {
        if ('startedAtMs' in record) this.happened(`active probe: ${record.failure ?? 'answered'}`);
      }),
      channels.breaker.subscribe((record) => {
        this.happened(`breaker: ${record.cause}`);
        this.log.note(`breaker of ${record.origin} ${record.to}: ${record.cause}`);
        this.originOf(record.origin)?.slowCalls.onBreaker(record);
      }),
    ];
  }

  /** Whether nothing of what faults hide from the pool can be left. */
  get isExact(): boolean {
    // A fault that was drawn may wait with its request for a permit and a connection.
    return !this.faults || this.clock.nowMs() > this.#lastFaultAtMs + LONGEST_DEADLINE_MS;
  }

  found(sentence: string): void {
    this.bug ??= sentence;
  }

  happened(event: string): void {
    this.events[event] = (this.events[event] ?? 0) + 1;
  }

  originOf(url: string): FuzzOrigin | undefined {
    return this.origins.find((origin) => origin.url === url);
  }

  setWeather(weather: Weather, name: string, origins = this.origins): void {
    for (const origin of origins) {
      origin.server.weather = weather;
      this.log.note(`weather of ${origin.url}: ${name}`);
    }
  }

  send(isTame: boolean, origin = this.dice.pick(this.origins)): FuzzRequest {
    const draw = { isTame, mayStream: this.settings.traits.streams };
    const request = new FuzzRequest(this.requests.length, origin, this.clock, this.dice, draw);
    this.requests.push(request);
    this.underWay.add(request);
    this.log.note(`${request.token} starts: ${request.options.method} ${origin.url} ${request.reading}`);
    void this.#follow(request);
    return request;
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
  }

  #makeOrigin(number: number): FuzzOrigin {
    return new FuzzOrigin(number, {
      clock: this.clock,
      log: this.log,
      dice: this.#networkDice,
      network: () => this.network,
      settings: this.settings,
      found: (sentence) => this.found(sentence),
      bodyOf: (token) => {
        if (`/${token}` === PROBE_PATH) return '';
        const request = this.requestOf(token);
        return request?.canArriveWhole === true ? request.body : undefined;
      },
    });
  }

  #makeFaults(): FuzzFaults {
    return new FuzzFaults(this.#networkDice, (requestSeq, verdict) => {
      const request = this.requests[requestSeq];
      if (!request)
        return this.found(`a verdict was asked for of a request that was never made: ${requestSeq}`);
      request.verdicts.push(verdict);
      if (verdict.kind === 'pass') return undefined;
      this.#lastFaultAtMs = this.clock.nowMs();
      if (verdict.kind === 'crash') request.origin.downUntilMs = this.clock.nowMs() + verdict.durationMs;
      this.log.note(`${request.token} meets ${verdict.kind}`);
      return this.happened(`fault: ${verdict.kind}`);
    });
  }

  #makeClient(seed: number): Client {
    const connectors = [...this.origins];
    const client = new Client(
      {
        ...this.settings.client,
        faults: this.faults,
        propagator: { startTrace: () => this.#sending?.origin.leases.startTrace() },
      },
      {
        clock: this.clock,
        rng: seededRng(seed * 3 + 2),
        connector: (net) => connectors.shift() ?? net,
        afterPoll: this.network.afterPoll,
        warn: (sentence) => this.log.note(sentence),
        wallNowMs: () => 1_700_000_000_000 + this.clock.wallMs(),
      },
    );
    // So each meets the connector that is meant for it.
    for (const { url } of this.origins) client.breaker(url);
    return client;
  }

  requestOf(token: string): FuzzRequest | undefined {
    return this.requests[Number(token.slice(1))];
  }

  #onConnection(record: ConnectionRecord): void {
    const origin = this.originOf(record.origin);
    if (!origin) return this.found(`a connection led to ${record.origin}`);
    this.log.note(
      `connection ${record.connectionId} to ${record.origin} ${record.event === 'closed' ? record.reason : 'opened'}`,
    );
    origin.onConnection(record, this.client.stats().origins.get(record.origin)?.pool.opened ?? 0);
    if (record.event !== 'closed') return undefined;
    this.happened(`closed: ${record.reason}`);
    if (record.reason === 'made-room') this.rooms.onClosed(record, origin, this.origins);
    return undefined;
  }

  #onRecord(record: RequestRecord): void {
    const request = this.requests[record.requestSeq];
    if (!request) return this.found(`a record came of a request that was never made: ${record.requestSeq}`);
    request.records += 1;
    this.over.add(request);
    request.origin.onRecord(record);
    return this.log.note(`${request.token} is over: ${record.error?.code ?? record.statusCode}`);
  }

  #onLeak({ path }: LeakRecord): void {
    const request = this.requestOf(path.slice(1));
    this.happened('leak');
    this.log.note(`${path} is leaked`);
    if (request?.isBodyTaken !== false) this.found(`${path} is called a leak, and its body was taken`);
  }

  async #follow(request: FuzzRequest): Promise<void> {
    try {
      const response = await this.#begin(request);
      this.#checkIdentity(request, response);
      request.fate = { name: 'answered', statusCode: response.statusCode };
      const text = await readBody(request, response, this.time, this.dice);
      if (text !== undefined) {
        this.#checkBody(request, response, text);
        request.fate = { name: 'read', statusCode: response.statusCode };
      }
    } catch (error) {
      if (!(error instanceof PoolerError))
        this.found(`${request.token} failed with no PoolerError: ${String(error)}`);
      else request.fate = { name: 'failed', error };
    }
    this.underWay.delete(request);
    this.log.note(`${request.token} ends: ${request.outcome}`);
  }

  #begin(request: FuzzRequest): Promise<Response> {
    this.#sending = request;
    return this.client.request(`${request.origin.url}/${request.token}`, request.options);
  }

  #checkIdentity(request: FuzzRequest, response: Response): void {
    const { verdict, token: own } = request;
    const token = response.headers['x-token'];
    if (FATAL.has(verdict)) this.found(`${own} was answered although it met ${verdict}`);
    // Without a look nobody sees what waits on an idle connection.
    if (token === 'foreign' && this.settings.sight === 'blind') return;
    if (token !== own) this.found(`${own} was given the answer to ${String(token)}`);
    const sent = request.origin.server.answers[Number(response.headers['x-answer'])];
    const last = request.verdicts.at(-1);
    const statusCode = last?.kind === 'status' ? last.statusCode : sent?.statusCode;
    if (response.statusCode !== statusCode)
      this.found(`${own} was given status ${response.statusCode}, due was ${statusCode}`);
  }

  #checkBody(request: FuzzRequest, response: Response, text: string): void {
    const answer = request.origin.server.answers[Number(response.headers['x-answer'])];
    if (!answer || SPOILING.has(request.verdict)) return undefined;
    const isSame = answer.endsWithFin ? answer.body.startsWith(text) : answer.body === text;
    if (!isSame)
      this.found(
        `${request.token} was given a body of ${text.length} bytes, sent were ${answer.body.length}`,
      );
    return undefined;
  }

  #onWrite(transport: VirtualTransport, data: Uint8Array | string): void {
    const text = Buffer.from(data).toString('latin1', 0, 1_000);
    const token = /\r\nx-token: (t\d+)\r\n/i.exec(text)?.[1];
    const request = token === undefined ? undefined : this.requestOf(token);
    if (!request || token === undefined) return undefined;
    const submission = /\r\ntraceparent: (\d+)\r\n/.exec(text)?.[1];
    const { localPort } = transport.addresses ?? { localPort: 0 };
    this.log.note(`${token} is written, port ${localPort}, submission ${submission}`);
    if (!request.origin.has(transport)) this.found(`${token} was written to another origin`);
    if (transport.isSending) this.found(`${token} was written behind a request that is still being sent`);
    if (transport.life !== 'connected')
      this.found(`${token} was written to a wire that is ${transport.life}`);
    if (!request.isPending) this.found(`${token} was written after it had ended: ${request.outcome}`);
    request.origin.onWritten(request, transport);
    const isOvertaken = OVERTAKEN.has(request.verdict);
    if (!isOvertaken) this.#checkLimit(request);
    if (!isOvertaken) this.#checkReuse(request, transport);
    if (CUTTING.has(request.verdict)) this.#cut.add(transport);
    // A request that leaves in halves may have its number in the second.
    if (submission !== undefined) request.origin.leases.onLeased(Number(submission), isOvertaken);
    return undefined;
  }

  /** Who has a connection may keep it when the limit is lowered; nobody else gets one then. */
  #checkLimit({ token, origin }: FuzzRequest): void {
    if (!this.settings.client.adaptive) return;
    const stats = this.client.stats().origins.get(origin.url);
    const { adaptiveLimit = Infinity, pool } = stats ?? {};
    if (pool && pool.active > adaptiveLimit)
      this.found(`${token} was lent a connection as number ${pool.active}, the limit is ${adaptiveLimit}`);
  }

  #checkReuse({ token, origin }: FuzzRequest, transport: VirtualTransport): void {
    if (this.slept.has(transport))
      this.found(`${token} was written to a connection that was idle while the machine slept`);
    if (origin.name.retired.has(transport))
      this.found(`${token} was written to an address that its name no longer has`);
    if (this.settings.sight === 'blind') return;
    if (transport.unheard !== undefined)
      this.found(`${token} was written to a wire whose kernel held ${transport.unheard} already`);
    if (this.condemned.has(transport))
      this.found(`${token} was written to a connection that had unasked bytes`);
    // A cut right behind an answer takes with it what came behind that too.
    if (this.#cut.has(transport)) return;
    const link = origin.links.find((link) => link.transport === transport);
    if (link && origin.server.finished.has(link.socket))
      this.found(`${token} was written to a connection that an answer had ended`);
  }
}
