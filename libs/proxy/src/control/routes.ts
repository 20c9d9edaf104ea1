import type { FaultProxy } from '../fault-proxy.ts';
import type { ProxySet } from '../proxy-set.ts';
import { inWords, readProxies, readProxy, readProxyChange, readToxic, readToxicChange } from './documents.ts';
import { metricsPage } from './metrics-page.ts';
import { readJson } from './read-json.ts';

/** The version of Toxiproxy whose control API this is: clients ask for it before they use what is newer. */
export const TOXIPROXY_VERSION = '2.12.0';

/** An answer of the control API. */
export interface Reply {
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: string;
}

/** A request to a route, its names read from the path. */
interface Asked {
  readonly proxies: ProxySet;
  readonly proxy: string;
  readonly toxic: string;
  readonly body: string;
}

interface Route {
  readonly methods: readonly string[];
  /** Throws an `ApiError` to refuse. */
  answer(asked: Asked): Reply | Promise<Reply>;
}

const NO_CONTENT: Reply = { statusCode: 204, contentType: '', body: '' };

/** Toxiproxy's routes, `PROXY` and `TOXIC` standing for names. The reference page is made of it. */
export const ROUTES: Readonly<Record<string, readonly Route[]>> = {
  '/version': [{ methods: ['GET'], answer: version }],
  '/metrics': [{ methods: ['GET'], answer: metrics }],
  '/reset': [{ methods: ['POST'], answer: reset }],
  '/populate': [{ methods: ['POST'], answer: populate }],
  '/proxies': [
    { methods: ['GET'], answer: listProxies },
    { methods: ['POST'], answer: createProxy },
  ],
  '/proxies/PROXY': [
    { methods: ['GET'], answer: showProxy },
    { methods: ['PATCH', 'POST'], answer: updateProxy },
    { methods: ['DELETE'], answer: removeProxy },
  ],
  '/proxies/PROXY/toxics': [
    { methods: ['GET'], answer: listToxics },
    { methods: ['POST'], answer: createToxic },
  ],
  '/proxies/PROXY/toxics/TOXIC': [
    { methods: ['GET'], answer: showToxic },
    { methods: ['PATCH', 'POST'], answer: updateToxic },
    { methods: ['DELETE'], answer: removeToxic },
  ],
};

function version(): Reply {
  const body = `{"version": "${TOXIPROXY_VERSION}"}\n`;
  return { statusCode: 200, contentType: 'application/json;charset=utf-8', body };
}

function metrics({ proxies }: Asked): Reply {
  const contentType = 'text/plain; version=0.0.4; charset=utf-8';
  return { statusCode: 200, contentType, body: metricsPage(proxies.all()) };
}

async function reset({ proxies }: Asked): Promise<Reply> {
  await proxies.reset();
  return NO_CONTENT;
}

async function populate({ proxies, body }: Asked): Promise<Reply> {
  const { proxies: populated, error } = await proxies.populate(readProxies(readJson(body)));
  const shown = { proxies: populated.length > 0 ? documentsOf(populated) : null };
  if (!error) return json(201, shown);
  return json(error.statusCode, { error: error.message, status: error.statusCode, ...shown });
}

function listProxies({ proxies }: Asked): Reply {
  return json(200, Object.fromEntries(proxies.all().map((proxy) => [proxy.name, proxy.document()])));
}

async function createProxy({ proxies, body }: Asked): Promise<Reply> {
  const proxy = await proxies.create(readProxy(readJson(body)));
  return json(201, proxy.document());
}

function showProxy({ proxies, proxy }: Asked): Reply {
  return json(200, proxies.get(proxy).document());
}

async function updateProxy({ proxies, proxy, body }: Asked): Promise<Reply> {
  return proxies.change(async () => {
    const found = proxies.get(proxy);
    const {
      listen = found.listen,
      upstream = found.upstream,
      enabled = found.isEnabled,
      ttl,
    } = readProxyChange(readJson(body));
    await found.update({ listen, upstream }, enabled, ttl);
    return json(200, found.document());
  });
}

async function removeProxy({ proxies, proxy }: Asked): Promise<Reply> {
  await proxies.remove(proxy);
  return NO_CONTENT;
}

function listToxics({ proxies, proxy }: Asked): Reply {
  return json(200, proxies.get(proxy).document().toxics);
}

function createToxic({ proxies, proxy, body }: Asked): Reply {
  const toxic = proxies.get(proxy).addToxic(readToxic(readJson(body)));
  return json(200, toxic.document());
}

function showToxic({ proxies, proxy, toxic }: Asked): Reply {
  return json(200, proxies.get(proxy).toxic(toxic).document());
}

function updateToxic({ proxies, proxy, toxic, body }: Asked): Reply {
  const owner = proxies.get(proxy);
  const found = owner.toxic(toxic);
  const change = readToxicChange(readJson(body));
  inWords('attributes', () => {
    owner.updateToxic(found, change);
  });
  return json(200, found.document());
}

function removeToxic({ proxies, proxy, toxic }: Asked): Reply {
  const owner = proxies.get(proxy);
  owner.removeToxic(owner.toxic(toxic));
  return NO_CONTENT;
}

function documentsOf(proxies: readonly FaultProxy[]): unknown {
  return proxies.map((proxy) => proxy.document());
}

function json(statusCode: number, value: unknown): Reply {
  return { statusCode, contentType: 'application/json', body: JSON.stringify(value) };
}
