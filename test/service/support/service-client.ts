import { setTimeout as delay } from 'node:timers/promises';
import type { Run } from '#libs/contracts';

const POLL_MS = 200;
const ANSWER_MS = 10_000;

/** A client of the service's REST, for tests that reach it over the network. */
export class ServiceClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param token without one, nobody signs in */
  constructor(url: string, token?: string) {
    this.#url = `${url}/api/v1`;
    this.#headers = {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.#ask('GET', path);
  }

  post<Answer>(path: string, body: object): Promise<Answer> {
    return this.#ask('POST', path, JSON.stringify(body));
  }

  /** Makes a campaign of the document, runs it and resolves with the run when it has ended. */
  async run(campaign: object, timeoutMs: number): Promise<Run> {
    const { id } = await this.post<{ readonly id: string }>('/campaigns', campaign);
    const started = await this.post<Run>(`/campaigns/${id}/runs`, {});
    for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += POLL_MS) {
      const run = await this.get<Run>(`/runs/${started.id}`);
      if (['completed', 'aborted', 'errored'].includes(run.state)) return run;
      await delay(POLL_MS);
    }
    throw new Error(`the run ${started.id} had not ended after ${timeoutMs} ms`);
  }

  async #ask<Answer>(method: string, path: string, body?: string): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: this.#headers,
      body: body ?? null,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}
