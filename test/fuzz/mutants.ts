/** One line of the real sources, and what the mutant has instead. */
export interface Edit {
  readonly file: string;
  /** Must stand exactly once in the file. */
  readonly anchor: string;
  readonly instead: string;
}

/** Bugs planted on purpose, by what they do wrong. Each one could slip in with an innocent change. */
export const MUTANTS: Readonly<Record<string, readonly Edit[]>> = {
  'lends a connection that a look found dead': [
    {
      file: 'libs/pool/src/idle-stack.ts',
      anchor: `return found !== 'alive' && found !== 'unknown';`,
      instead: `return false;`,
    },
    {
      file: 'libs/pool/src/idle-stack.ts',
      anchor: `if (found === 'alive') return top;`,
      instead: `return top;`,
    },
  ],
  'serves whoever came last': [
    {
      file: 'libs/pool/src/lending.ts',
      anchor: `const exchange = connection && this.#waiting.shift();`,
      instead: `const exchange = connection && this.#waiting.last; if (exchange) this.#waiting.remove(exchange);`,
    },
  ],
  'lends one connection more than the adaptive limit allows': [
    {
      file: 'libs/pool/src/lending.ts',
      anchor: `Math.max(0, this.#leaseLimit.limit - this.active)`,
      instead: `Math.max(0, this.#leaseLimit.limit + 1 - this.active)`,
    },
    {
      file: 'libs/pool/src/lending.ts',
      anchor: `this.active > this.#leaseLimit.limit`,
      instead: `this.active > this.#leaseLimit.limit + 1`,
    },
  ],
  'serves nobody when the adaptive limit rises': [
    {
      file: 'libs/client/src/origin.ts',
      anchor: `if (hasGrown) this.pool.onLeaseLimitRaised();`,
      instead: ``,
    },
  ],
  'waits for ever for a probe that has failed': [
    {
      file: 'libs/pool/src/broker.ts',
      anchor: `#onProbeFailed(probe: ActiveProbeRecord): void {\n    this.#supply.onLooked();`,
      instead: `#onProbeFailed(probe: ActiveProbeRecord): void {`,
    },
  ],
  'opens one connection too many': [
    {
      file: 'libs/pool/src/supply.ts',
      anchor: `this.#open.size < this.#options.maxConnections`,
      instead: `this.#open.size <= this.#options.maxConnections`,
    },
  ],
  'forgets who waits when a connection closes': [
    {
      file: 'libs/pool/src/broker.ts',
      anchor: `    this.#procure(nowMs);\n    this.#settleWhenEmpty();`,
      instead: `    this.#settleWhenEmpty();`,
    },
  ],
  'does not hear an abort under way': [
    {
      file: 'libs/pool/src/broker.ts',
      anchor: `if (exchange.connection) return exchange.connection.abandon(code, message, 'aborted', { cause });`,
      instead: `if (exchange.connection) return undefined;`,
    },
  ],
  'sets no alarm for a request that it lends a connection': [
    {
      file: 'libs/pool/src/lending.ts',
      anchor: `this.#alarm.wakeBy(Math.min(exchange.dueAtMs, firstLookAtMs(connection, nowMs)));`,
      instead: ``,
    },
  ],
  'loses count of connections that a look found dead': [
    {
      file: 'libs/pool/src/broker.ts',
      anchor: `if (from.name === 'reserved') this.#supply.onLooked();`,
      instead: ``,
    },
  ],
  'lets a peer that closes at once set the idle limit': [
    {
      file: 'libs/pool/src/learned-idle-limit.ts',
      anchor: `if (ageMs < LEAST_AGE_MS) return false;`,
      instead: ``,
    },
  ],
  'reuses a connection behind bytes that nobody asked for': [
    {
      file: 'libs/pool/src/connection.ts',
      anchor: `if (!isClean) return 'unsolicited-bytes';`,
      instead: ``,
    },
  ],
  'keeps an idle connection that spoke': [
    {
      file: 'libs/pool/src/connection.ts',
      anchor: `      this.close('unsolicited-bytes');`,
      instead: ``,
    },
  ],
  'reuses a connection that the peer said it would close': [
    {
      file: 'libs/pool/src/connection.ts',
      anchor: `if (!this.#parser.keepAlive || exchange.request.asksClose) return 'asked-to-close';`,
      instead: ``,
    },
  ],
  'reuses a connection that is still sending': [
    {
      file: 'libs/pool/src/connection.ts',
      anchor: `return isSent && !this.#wire.isSending ? undefined : 'still-sending';`,
      instead: `return undefined;`,
    },
  ],
  'believes that nothing was written': [
    {
      file: 'libs/pool/src/connection.ts',
      anchor: `Math.max(0, this.#wire.bytesAccepted - this.#acceptedBefore)`,
      instead: `0`,
    },
  ],
  'stays paused when dialling may go on': [
    {
      file: 'libs/pool/src/dialler.ts',
      anchor: `setTimer(this.#resume, restMs) : undefined;\n    this.#onResumed();`,
      instead: `setTimer(this.#resume, restMs) : undefined;`,
    },
  ],
  'serves one request with the dial that ends a pause': [
    {
      file: 'libs/pool/src/dialler.ts',
      anchor: `if (this.#pause.onConnected()) this.#resumeNow();`,
      instead: `this.#pause.onConnected();`,
    },
  ],
  'ends a body one piece early': [
    {
      file: 'libs/http1/src/response-parser.ts',
      anchor: `if (this.#remaining === 0) this.#state = 'complete';`,
      instead: `this.#state = 'complete';`,
    },
  ],
  'sends again whatever met a stale connection': [
    {
      file: 'libs/resilience/src/resend.ts',
      anchor: `return error.requestBytesWritten === 0 || facts.idempotent;`,
      instead: `return true;`,
    },
  ],
  'retries what is not idempotent': [
    {
      file: 'libs/resilience/src/retry-policy.ts',
      anchor: `if (!facts.idempotent && error.requestBytesWritten > 0) return giveUp('not-safe');`,
      instead: ``,
    },
  ],
  'leaves retries waiting when the client is destroyed': [
    {
      file: 'libs/client/src/client.ts',
      anchor: `this.#context.backoffRoom.close();`,
      instead: ``,
    },
  ],
  'opens more connections than all origins may have': [
    {
      file: 'libs/pool/src/connection-limit.ts',
      anchor: `    if (this.#taken >= this.max) {`,
      instead: `    if (this.#taken > this.max) {`,
    },
  ],
  'makes room with the connection used last': [
    {
      file: 'libs/pool/src/connection-limit.ts',
      anchor: `other.oldestIdleSinceMs < (donor?.oldestIdleSinceMs ?? Infinity)`,
      instead: `other.oldestIdleSinceMs < Infinity && other.oldestIdleSinceMs > (donor?.oldestIdleSinceMs ?? 0)`,
    },
  ],
  'lets a connection stand idle that another origin waits for': [
    {
      file: 'libs/pool/src/lending.ts',
      anchor: `this.#idle.length > this.#waiting.length && this.#supply.isWantedByOther`,
      instead: `false`,
    },
  ],
  'makes room with a connection that was just lent': [
    {
      file: 'libs/pool/src/broker.ts',
      anchor: `if (connection.state.name !== 'idle') return;`,
      instead: ``,
    },
  ],
  'lends an idle connection that is about to be closed': [
    {
      file: 'libs/pool/src/idle-stack.ts',
      anchor: `for (const { connection } of doomed) this.#connections.remove(connection);`,
      instead: ``,
    },
  ],
  'lends what was idle while the machine slept': [
    {
      file: 'libs/pool/src/idle-stack.ts',
      anchor: `if (this.#timeJump.look(nowMs, this.#clock.wallMs(), lateMs)) this.closeAll('suspect');`,
      instead: ``,
    },
  ],
  'stays with an address that its name has lost': [
    {
      file: 'libs/pool/src/name-watch.ts',
      anchor: `if (times >= ANSWERS_WITHOUT) gone.add(address);`,
      instead: ``,
    },
  ],
  'gives up dialling ahead when the peer was away': [
    {
      file: 'libs/pool/src/refill.ts',
      anchor: `this.#notBeforeMs = nowMs + waitMs * (0.5 + 0.5 * this.#rng.next());`,
      instead: `this.#notBeforeMs = Infinity;`,
    },
  ],
  'forgets to dial ahead where all places were taken': [
    {
      file: 'libs/pool/src/supply.ts',
      anchor: `return Math.min(nextAtMs, nowMs + FULL_LIMIT_WAIT_MS);`,
      instead: `return nextAtMs;`,
    },
  ],
  'does not listen to how long its peer keeps connections': [
    {
      file: 'libs/pool/src/connection.ts',
      anchor: `if (hint) this.lifespan.heed(hint, this.exchangesServed);`,
      instead: ``,
    },
  ],
  'keeps what experience says the peer will close': [
    {
      file: 'libs/pool/src/maintain.ts',
      anchor: `Math.min(idleLimitMs, learnedLimitMs)`,
      instead: `idleLimitMs`,
    },
  ],
  'never gives up a body that nobody reads': [
    {
      file: 'libs/pool/src/pending-response.ts',
      anchor: `body.giveUp('the response body was not read in time, and was dumped to free its connection');`,
      instead: ``,
    },
  ],
  'asks for more of a body than the wire takes': [
    {
      file: 'libs/pool/src/body-sender.ts',
      anchor: `if (hasRoom && turnBytes < TURN_BYTES) continue;`,
      instead: `if (turnBytes < TURN_BYTES) continue;`,
    },
  ],
  'ends a body as if it were whole when its source fails': [
    {
      file: 'libs/pool/src/body-sender.ts',
      anchor: `if (step.name === 'failure') return this.#listener`,
      instead: `if (step.name === 'failure') this.#wire.write('0\\r\\n\\r\\n');
      if (step.name === 'failure') return this.#listener`,
    },
  ],
  'leaves the source of a body open': [
    {
      file: 'libs/pool/src/body-sender.ts',
      anchor: `    this.#stream.close();
    if (state`,
      instead: `    if (state`,
    },
  ],
  'sends a body again that can be read once': [
    {
      file: 'libs/pool/src/request-stream.ts',
      anchor: `return this.#open !== undefined && typeof this.#source !== 'function';`,
      instead: `return false;`,
    },
  ],
  'takes the wait for a connection for slowness of the peer': [
    {
      file: 'libs/client/src/call.ts',
      anchor: `return leasedAtMs === 0 ? 0 : nowMs - leasedAtMs;`,
      instead: `return leasedAtMs === 0 ? 0 : nowMs - (this.#exchange?.queuedAtMs ?? 0);`,
    },
  ],
  'lets calls through to an origin that was taken out by hand': [
    {
      file: 'libs/resilience/src/breaker/breaker.ts',
      anchor: `if (state.kind === 'isolated') return { admitted: false, cause: 'isolated', retryAtMs: undefined };`,
      instead: ``,
    },
  ],
  'dials a server that it has crashed': [
    {
      file: 'libs/faults/src/apply/crashable-connector.ts',
      anchor: `if (this.#clock.nowMs() < this.#downUntilMs)`,
      instead: `if (false)`,
    },
  ],
  'forgets the status that a fault has drawn': [
    {
      file: 'libs/client/src/call.ts',
      anchor: `if (met.kind === 'status') reply.statusCode = met.statusCode;`,
      instead: ``,
    },
  ],
};

/** Seeds that are known to catch what few do. The search begins there, which saves time and nothing else. */
export const FIRST_SEEDS: Readonly<Record<string, number>> = {
  'makes room with the connection used last': 15,
  'lets a connection stand idle that another origin waits for': 11,
  'makes room with a connection that was just lent': 8,
  'lends an idle connection that is about to be closed': 34,
  'gives up dialling ahead when the peer was away': 73,
  'forgets to dial ahead where all places were taken': 33,
  'serves nobody when the adaptive limit rises': 75,
};

/** The text with the edit made. Throws when the anchor does not stand in it exactly once: then the mutant is out of date. */
export function edited(text: string, { file, anchor, instead }: Edit): string {
  const found = text.split(anchor).length - 1;
  if (found !== 1)
    throw new Error(`a mutant needs its anchor once in ${file}, and it is there ${found} times: ${anchor}`);
  return text.replace(anchor, () => instead);
}
