import { ControlServer, ProxySet } from '#libs/proxy';
import { systemClock, type Clock } from '#libs/kernel';
import { ask } from '../target/ask.ts';

/** A control API in this process, with what a test asks of it. */
export class TestProxies implements AsyncDisposable {
  readonly #proxies: ProxySet;
  readonly #control: ControlServer;
  #url = '';

  constructor(seed = 1, clock: Clock = systemClock) {
    this.#proxies = new ProxySet({ clock, seed });
    this.#control = new ControlServer(this.#proxies, '127.0.0.1');
  }

  static async start(seed?: number, clock?: Clock): Promise<TestProxies> {
    const proxies = new TestProxies(seed, clock);
    proxies.#url = `http://127.0.0.1:${await proxies.#control.listen(0)}`;
    return proxies;
  }

  get url(): string {
    return this.#url;
  }

  /** Sends a request to the control API. A body that is no text goes as JSON. */
  async send(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; type: string; text: string }> {
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await ask(`${this.#url}${path}`, {
      method,
      ...(sent === undefined ? {} : { body: sent }),
    });
    return {
      status: answer.status ?? 0,
      type: answer.headers['content-type'] ?? '',
      text: answer.body.toString(),
    };
  }

  /** Makes a proxy in front of a loopback port. Returns its own port. */
  async proxyTo(upstreamPort: number, name = 'web'): Promise<number> {
    const { text } = await this.send('POST', '/proxies', {
      name,
      listen: '127.0.0.1:0',
      upstream: `127.0.0.1:${upstreamPort}`,
    });
    const { listen }: { listen: string } = JSON.parse(text);
    return Number(listen.split(':').at(-1));
  }

  /** Adds a toxic to the proxy `web`; throws when it is refused. */
  async addToxic(toxic: object): Promise<void> {
    const { status, text } = await this.send('POST', '/proxies/web/toxics', toxic);
    if (status !== 200) throw new Error(text);
  }

  /** The value of a metric's sample, found by its beginning. */
  async metric(sample: string): Promise<number> {
    const { text } = await this.send('GET', '/metrics');
    const line = text.split('\n').find((line) => line.startsWith(sample));
    return Number(line?.split(' ').at(-1) ?? Number.NaN);
  }

  /** Asks for a metric again and again until it is so; the test's own timeout ends it. */
  async untilMetric(sample: string, isSo: (value: number) => boolean): Promise<void> {
    while (!isSo(await this.metric(sample)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#control.close();
    await this.#proxies.close();
  }
}
