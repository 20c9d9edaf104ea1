import { Client } from '#libs/client';
import { seededRng, PoolerError } from '#libs/kernel';
import type { Response } from '#libs/pool';
import { channels, type ConnectionRecord, type RequestRecord } from '#libs/records';
import { FakeClock, VirtualNetwork, type VirtualTransport } from '#libs/testing';
import { ChaosServer } from './chaos-server.ts';
import { Dice } from './dice.ts';
import { EventLog } from './event-log.ts';
import { FuzzRequest } from './fuzz-request.ts';
import { drawSettings, type FuzzSettings } from './fuzz-settings.ts';
import { LeaseOrder } from './lease-order.ts';
import { CALM, type Weather } from './weather.ts';

const URL = 'http://192.0.2.1/';

/** One client on a virtual network before one server, and everything that is known of it from outside. */
export class FuzzWorld {
  readonly clock: FakeClock;
  readonly log: EventLog;
  readonly dice: Dice;
  readonly settings: FuzzSettings;
  readonly network: VirtualNetwork;
  readonly server: ChaosServer;
  readonly client: Client;
  readonly requests: FuzzRequest[] = [];
  readonly leases: LeaseOrder;
  /** Requests of which the end is not known yet. */
  readonly underWay = new Set<FuzzRequest>();
  /** Since when dialling is held back by a limit of this machine: no dial has connected since. */
  heldBackSinceMs: number | undefined;
  /** Connections that have had bytes while they were idle. */
  readonly condemned = new Set<VirtualTransport>();
  weather: Weather = CALM;
  /** The first thing found that must not be. */
  bug: string | undefined;
  readonly #networkDice: Dice;
  /** How each dial was planned, by the number of its connection less 1. */
  readonly #dialled: string[] = [];
  readonly #unsubscribes: Array<() => void>;

  constructor(seed: number) {
    // Half of the seeds gather what one turn of the loop brings, the others do each thing at once.
    this.clock = new FakeClock(1_000, seed % 2 === 0 ? 'at-once' : 'by-hand');
    this.log = new EventLog(this.clock);
    this.dice = new Dice(seededRng(seed * 3));
    this.#networkDice = new Dice(seededRng(seed * 3 + 1));
    this.settings = drawSettings(this.dice);
    const { client, sight, windowBytes } = this.settings;
    this.leases = new LeaseOrder(this.settings.acquireTimeoutMs, (sentence) => this.found(sentence));
    this.server = new ChaosServer(this.clock, this.#networkDice, CALM, {
      onBug: (sentence) => this.found(sentence),
      onEvent: (event) => this.log.note(event),
    });
    this.network = new VirtualNetwork(this.clock, {
      sight,
      windowBytes,
      latencyMs: () => this.#networkDice.whole(0, 4),
      planDial: () => this.#planDial(),
      onAccept: (socket) => this.server.accept(socket),
      onWrite: (transport, data) => this.#onWrite(transport, data),
    });
    this.client = new Client(
      { ...client, propagator: { startTrace: () => this.leases.startTrace() } },
      {
        clock: this.clock,
        rng: seededRng(seed * 3 + 2),
        connector: () => this.network,
        afterPoll: this.network.afterPoll,
        wallNowMs: () => 1_700_000_000_000 + this.clock.nowMs(),
      },
    );
    this.#unsubscribes = [
      channels.connection.subscribe((record) => this.#onConnection(record)),
      channels.request.subscribe((record) => this.#onRecord(record)),
    ];
  }

  found(sentence: string): void {
    this.bug ??= sentence;
  }

  setWeather(weather: Weather, name: string): void {
    this.weather = weather;
    this.server.weather = weather;
    this.log.note(`weather: ${name}`);
  }

  send(isTame: boolean): FuzzRequest {
    const request = new FuzzRequest(this.requests.length, this.clock.nowMs(), this.dice, isTame);
    this.requests.push(request);
    this.underWay.add(request);
    this.log.note(`${request.token} starts: ${request.options.method} ${request.reading}`);
    void this.#follow(request);
    return request;
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
  }

  #onConnection(record: ConnectionRecord): void {
    const { connectionId } = record;
    this.log.note(`connection ${connectionId} ${record.event === 'closed' ? record.reason : 'opened'}`);
    if (record.event === 'opened') this.heldBackSinceMs = undefined;
    else if (record.reason === 'dial-failed' && this.#dialled[connectionId - 1]?.startsWith('no-')) {
      this.heldBackSinceMs = this.clock.nowMs();
    }
  }

  #onRecord(record: RequestRecord): void {
    const request = this.requests[record.requestSeq];
    if (!request) return this.found(`a record came of a request that was never made: ${record.requestSeq}`);
    request.records += 1;
    this.leases.onRecord(record);
    return this.log.note(`${request.token} is over: ${record.error?.code ?? record.statusCode}`);
  }

  async #follow(request: FuzzRequest): Promise<void> {
    try {
      const response = await this.client.request(URL, request.options);
      this.#checkIdentity(request, response);
      request.fate = { name: 'answered', statusCode: response.statusCode };
      const text = await this.#read(request, response);
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

  /** The whole body, or `undefined` where it is not read to its end. */
  async #read(request: FuzzRequest, { body }: Response): Promise<string | undefined> {
    switch (request.reading) {
      case 'text':
        return body.text();
      case 'late':
        await this.#pause(this.dice.whole(0, 200));
        return body.text();
      case 'chunks':
      case 'leave': {
        const chunks: Buffer[] = [];
        for await (const chunk of body) {
          chunks.push(chunk);
          if (request.reading === 'leave') return undefined;
          await this.#pause(this.dice.whole(0, 5));
        }
        return Buffer.concat(chunks).toString();
      }
      case 'dump':
        await body.dump();
        return undefined;
      case 'ignore':
        return undefined;
    }
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.clock.setTimer(resolve, ms);
    });
  }

  #checkIdentity(request: FuzzRequest, response: Response): void {
    const token = response.headers['x-token'];
    // Without a look nobody sees what waits on an idle connection.
    if (token === 'foreign' && this.settings.sight === 'blind') return;
    if (token !== request.token) this.found(`${request.token} was given the answer to ${String(token)}`);
  }

  #checkBody(request: FuzzRequest, response: Response, text: string): void {
    const answer = this.server.answers[Number(response.headers['x-answer'])];
    if (!answer) return undefined;
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
    if (token === undefined) return undefined;
    const submission = Number(/\r\ntraceparent: (\d+)\r\n/.exec(text)?.[1]);
    const { localPort } = transport.addresses ?? { localPort: 0 };
    this.log.note(`${token} is written, port ${localPort}, submission ${submission}`);
    if (transport.isSending) this.found(`${token} was written behind a request that is still being sent`);
    if (transport.life !== 'connected')
      this.found(`${token} was written to a wire that is ${transport.life}`);
    if (this.settings.sight !== 'blind' && transport.unheard !== undefined) {
      this.found(`${token} was written to a wire whose kernel held ${transport.unheard} already`);
    }
    if (this.settings.sight !== 'blind') this.#checkReuse(transport, token);
    const request = this.requests[Number(token.slice(1))];
    if (request && !request.isPending)
      this.found(`${token} was written after it had ended: ${request.outcome}`);
    return this.leases.onLeased(submission);
  }

  #checkReuse(transport: VirtualTransport, token: string): void {
    if (this.condemned.has(transport))
      this.found(`${token} was written to a connection that had unasked bytes`);
    const link = this.network.links.find((link) => link.transport === transport);
    if (link && this.server.finished.has(link.socket))
      this.found(`${token} was written to a connection that an answer had ended`);
  }

  #planDial(): { afterMs: number; errno?: string } {
    const kind = this.#networkDice.weighted(this.weather.dials);
    this.#dialled.push(kind);
    this.log.note(`dial: ${kind}`);
    const afterMs = this.#networkDice.whole(0, 5);
    switch (kind) {
      case 'connects':
        return { afterMs };
      case 'slow':
        return { afterMs: this.#networkDice.whole(5, 60) };
      case 'silent':
        return { afterMs: Infinity };
      case 'refused':
        return { afterMs, errno: 'ECONNREFUSED' };
      case 'no-descriptor':
      case 'no-port':
        return { afterMs, errno: kind === 'no-port' ? 'EADDRNOTAVAIL' : 'EMFILE' };
    }
  }
}
