import { invariant } from '#libs/kernel';
import type { FaultedRequest } from './faulted-request.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { Verdict } from './verdict.ts';

/** So few updates of the hash that a load run does not notice them, and little to keep. */
const BATCH_CHARS = 8_192;

/**
 * The fingerprint of the faults of a run: two runs that met the same faults have the same digest.
 *
 * It is the start of the SHA-256 of a text with one JSON array a line, in UTF-8, each ending in LF:
 * `[requestSeq,"kind","faultId",magnitude]` for every verdict that is not `pass`, in the order of requestSeq, where
 * magnitude is the delay or the duration in milliseconds, the status code, or null; then `[count]`, the number of all
 * verdicts, so that runs of different length differ.
 */
export class VerdictDigest {
  readonly #hash = process.getBuiltinModule('node:crypto').createHash('sha256');
  #batch = '';
  #count = 0;
  #lastSeq = -1;

  /** Adds the verdict on attempt 1 of a request. Requests come in the order of their numbers. */
  add(requestSeq: number, verdict: Verdict): void {
    invariant(requestSeq > this.#lastSeq, 'verdicts came to the digest out of order');
    this.#lastSeq = requestSeq;
    this.#count += 1;
    if (verdict.kind === 'pass') return;
    this.#batch += `${JSON.stringify([requestSeq, verdict.kind, verdict.faultId, magnitudeOf(verdict)])}\n`;
    if (this.#batch.length < BATCH_CHARS) return;
    this.#hash.update(this.#batch);
    this.#batch = '';
  }

  /** The digest of what was added so far: 16 hexadecimal digits. More may be added afterwards. */
  hex(): string {
    const hash = this.#hash.copy().update(`${this.#batch}[${this.#count}]\n`);
    return hash.digest('hex').slice(0, 16);
  }
}

/**
 * The digest that a run of `count` requests will have.
 *
 * @param request what all of them are, for rules that look at that
 */
export function digestOf(plan: FaultPlan, count: number, request?: FaultedRequest): string {
  const digest = new VerdictDigest();
  for (let requestSeq = 0; requestSeq < count; requestSeq += 1) {
    digest.add(requestSeq, plan.decide(requestSeq, 1, request));
  }
  return digest.hex();
}

function magnitudeOf(verdict: Verdict): number | null {
  if ('delayMs' in verdict) return verdict.delayMs;
  if (verdict.kind === 'status') return verdict.statusCode;
  return verdict.kind === 'crash' ? verdict.durationMs : null;
}
