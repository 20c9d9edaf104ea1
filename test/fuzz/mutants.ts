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
      file: 'libs/pool/src/broker.ts',
      anchor: `const exchange = connection && this.#waiting.shift();`,
      instead: `const exchange = connection && this.#waiting.last; if (exchange) this.#waiting.remove(exchange);`,
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
      file: 'libs/pool/src/broker.ts',
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
};

/** The text with the edit made. Throws when the anchor does not stand in it exactly once: then the mutant is out of date. */
export function edited(text: string, { file, anchor, instead }: Edit): string {
  const found = text.split(anchor).length - 1;
  if (found !== 1)
    throw new Error(`a mutant needs its anchor once in ${file}, and it is there ${found} times: ${anchor}`);
  return text.replace(anchor, () => instead);
}
