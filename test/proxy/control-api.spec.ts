import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestProxies } from './control-client.ts';

/**
 * Each answer is the one that Toxiproxy 2.12.0 gave to the same request, but for the field `Logger`, which is an object of
 * its own that shows by mistake.
 */
let proxies: TestProxies;

beforeEach(async () => {
  proxies = await TestProxies.start();
});
afterEach(async () => {
  await proxies[Symbol.asyncDispose]();
});

const PLAIN = 'text/plain; charset=utf-8';
const A = { name: 'a', listen: '127.0.0.1:0', upstream: '127.0.0.1:9' };

/** An answer with the ports of its proxies left out. */
async function answerTo(method: string, path: string, body?: unknown) {
  const { status, type, text } = await proxies.send(method, path, body);
  return { status, type, text: text.replaceAll(/(?<=127\.0\.0\.1:)\d{4,}/g, 'PORT') };
}

function refusal(status: number, error: string) {
  return { status, type: PLAIN, text: `${JSON.stringify({ error, status })}\n` };
}

describe('proxies', () => {
  it('tells the version of Toxiproxy that it speaks', async () => {
    expect(await answerTo('GET', '/version')).toEqual({
      status: 200,
      type: 'application/json;charset=utf-8',
      text: '{"version": "2.12.0"}\n',
    });
  });

  it('are created, shown, listed and removed', async () => {
    const shown =
      '{"name":"a","listen":"127.0.0.1:PORT","upstream":"127.0.0.1:9","enabled":true,"toxics":[]}';
    expect(await answerTo('GET', '/proxies')).toMatchObject({ status: 200, text: '{}' });
    expect(await answerTo('POST', '/proxies', A)).toEqual({
      status: 201,
      type: 'application/json',
      text: shown,
    });
    expect(await answerTo('GET', '/proxies/a')).toEqual({
      status: 200,
      type: 'application/json',
      text: shown,
    });
    expect(await answerTo('GET', '/proxies')).toMatchObject({ status: 200, text: `{"a":${shown}}` });
    expect(await answerTo('DELETE', '/proxies/a')).toEqual({ status: 204, type: '', text: '' });
    expect(await answerTo('GET', '/proxies/a')).toEqual(refusal(404, 'proxy not found'));
  });

  it.each([
    [{ listen: '127.0.0.1:0', upstream: '127.0.0.1:9' }, 'missing required field: name'],
    [{ name: 'b', listen: '127.0.0.1:0' }, 'missing required field: upstream'],
    ['', 'bad request body: EOF'],
    ['{"name":', 'bad request body: unexpected EOF'],
    ['hello', "bad request body: invalid character 'h' looking for beginning of value"],
    // Where Toxiproxy names the types of Go, we name the field.
    [{ name: 5, upstream: 'x:1' }, 'bad request body: name must be a text'],
    [{ name: 'b', upstream: 'x:1', enabled: 'yes' }, 'bad request body: enabled must be true or false'],
    ['[]', 'bad request body: it must be an object'],
  ])('are refused for %j', async (body, error) => {
    expect(await answerTo('POST', '/proxies', body)).toEqual(refusal(400, error));
  });

  it('are refused when the name is taken', async () => {
    await proxies.send('POST', '/proxies', A);
    expect(await answerTo('POST', '/proxies', A)).toEqual(refusal(409, 'proxy already exists'));
  });

  it('are refused where they cannot listen, and are not there then', async () => {
    const port = new URL(proxies.url).port;
    expect(await answerTo('POST', '/proxies', { ...A, listen: `127.0.0.1:${port}` })).toEqual(
      refusal(500, 'listen tcp 127.0.0.1:PORT: bind: address already in use'),
    );
    expect(await answerTo('POST', '/proxies', { ...A, listen: 'nonsense' })).toEqual(
      refusal(500, 'listen tcp: address nonsense: missing port in address'),
    );
    expect(await answerTo('GET', '/proxies')).toMatchObject({ text: '{}' });
  });

  it.each(['PATCH', 'POST'])('are changed by %s, and keep what is not named', async (method) => {
    await proxies.send('POST', '/proxies', A);
    const off = '{"name":"a","listen":"127.0.0.1:PORT","upstream":"127.0.0.1:9","enabled":false,"toxics":[]}';
    expect(await answerTo(method, '/proxies/a', { enabled: false })).toMatchObject({
      status: 200,
      text: off,
    });
    const on = '{"name":"a","listen":"127.0.0.1:PORT","upstream":"127.0.0.1:10","enabled":true,"toxics":[]}';
    const change = { upstream: '127.0.0.1:10', enabled: true };
    expect(await answerTo(method, '/proxies/a', change)).toMatchObject({ status: 200, text: on });
    expect(await answerTo(method, '/proxies/a', { listen: 'bad' })).toEqual(
      refusal(500, 'address bad: missing port in address'),
    );
    expect(await answerTo(method, '/proxies/none', {})).toEqual(refusal(404, 'proxy not found'));
  });

  it('keep their port when they are taken down and up again', async () => {
    await proxies.send('POST', '/proxies', A);
    const before = (await proxies.send('GET', '/proxies/a')).text;
    await proxies.send('PATCH', '/proxies/a', { enabled: false });
    await proxies.send('PATCH', '/proxies/a', { enabled: true });
    expect((await proxies.send('GET', '/proxies/a')).text).toBe(before);
  });
});

describe('populate', () => {
  it('makes what is new and leaves alone what is the same', async () => {
    const entries = [A, { ...A, name: 'b', enabled: false }];
    expect(await answerTo('POST', '/populate', entries)).toEqual({
      status: 201,
      type: 'application/json',
      text: '{"proxies":[{"name":"a","listen":"127.0.0.1:PORT","upstream":"127.0.0.1:9","enabled":true,"toxics":[]},{"name":"b","listen":"127.0.0.1:0","upstream":"127.0.0.1:9","enabled":false,"toxics":[]}]}',
    });
    const { listen }: { listen: string } = JSON.parse((await proxies.send('GET', '/proxies/a')).text);
    await proxies.send('POST', '/proxies/a/toxics', { type: 'latency' });
    await proxies.send('POST', '/populate', [{ ...A, listen }]);
    expect((await proxies.send('GET', '/proxies/a/toxics')).text).toContain('latency_downstream');
    await proxies.send('POST', '/populate', [{ ...A, listen, upstream: '127.0.0.1:10' }]);
    expect((await proxies.send('GET', '/proxies/a/toxics')).text).toBe('[]');
  });

  it.each([
    [[{ name: 'p' }], 'missing required field: upstream at proxy 1'],
    [[A, { upstream: 'x:1' }], 'missing required field: name at proxy 2'],
    ['', 'bad request body: EOF'],
    [{}, 'bad request body: it must be a list of proxies'],
  ])('refuses %j as a whole', async (body, error) => {
    expect(await answerTo('POST', '/populate', body)).toEqual({
      status: 400,
      type: 'application/json',
      text: JSON.stringify({ error, status: 400, proxies: null }),
    });
    expect((await proxies.send('GET', '/proxies')).text).toBe('{}');
  });

  it('tells how far it came', async () => {
    const taken = `127.0.0.1:${new URL(proxies.url).port}`;
    const { status, text } = await proxies.send('POST', '/populate', [A, { ...A, name: 'b', listen: taken }]);
    expect(status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({
      error: `listen tcp ${taken}: bind: address already in use`,
      proxies: [{ name: 'a' }],
    });
  });

  it('of nothing gives null', async () => {
    expect(await answerTo('POST', '/populate', [])).toMatchObject({ status: 201, text: '{"proxies":null}' });
  });
});

describe('toxics', () => {
  beforeEach(async () => {
    await proxies.send('POST', '/proxies', A);
  });

  it.each([
    ['latency', '{"latency":0,"jitter":0}'],
    ['bandwidth', '{"rate":0}'],
    ['slow_close', '{"delay":0}'],
    ['timeout', '{"timeout":0}'],
    ['reset_peer', '{"timeout":0}'],
    ['slicer', '{"average_size":0,"size_variation":0,"delay":0}'],
    ['limit_data', '{"bytes":0}'],
    ['noop', '{}'],
  ])('%s has the defaults of Toxiproxy', async (type, attributes) => {
    expect(await answerTo('POST', '/proxies/a/toxics', { type })).toEqual({
      status: 200,
      type: 'application/json',
      text: `{"attributes":${attributes},"name":"${type}_downstream","type":"${type}","stream":"downstream","toxicity":1}`,
    });
  });

  it('are listed upstream first, each with its stream as it was given', async () => {
    await proxies.send('POST', '/proxies/a/toxics', { type: 'noop', name: 'down' });
    await proxies.send('POST', '/proxies/a/toxics', { type: 'noop', stream: 'UPSTREAM', toxicity: 0.1 });
    const expected =
      '[{"attributes":{},"name":"noop_UPSTREAM","type":"noop","stream":"UPSTREAM","toxicity":0.1},{"attributes":{},"name":"down","type":"noop","stream":"downstream","toxicity":1}]';
    expect((await answerTo('GET', '/proxies/a/toxics')).text).toBe(expected);
    expect((await answerTo('GET', '/proxies/a')).text).toContain(`"toxics":${expected}`);
  });

  it.each([
    [{ type: 'nope' }, 400, 'invalid toxic type'],
    [{}, 400, 'invalid toxic type'],
    [
      { type: 'latency', stream: 'sideways' },
      400,
      'stream was invalid, can be either upstream or downstream',
    ],
    ['', 400, 'bad request body: EOF'],
    // Where Toxiproxy names the types of Go, we name the field.
    [
      { type: 'latency', attributes: { latency: 1.5 } },
      400,
      'bad request body: attributes.latency must be a whole number',
    ],
    [{ type: 'latency', toxicity: 'x' }, 400, 'bad request body: toxicity must be a number'],
    [
      { type: 'http_status', attributes: { status: 99 } },
      400,
      'bad request body: attributes.status must be a whole number from 200 to 599',
    ],
    [
      { type: 'http_status', attributes: { code: 500 } },
      400,
      'bad request body: attributes has no field "code"',
    ],
  ])('are refused for %j', async (body, status, error) => {
    expect(await answerTo('POST', '/proxies/a/toxics', body)).toEqual(refusal(status, error));
    expect((await proxies.send('GET', '/proxies/a/toxics')).text).toBe('[]');
  });

  it('are refused when the name is taken', async () => {
    await proxies.send('POST', '/proxies/a/toxics', { type: 'noop' });
    expect(await answerTo('POST', '/proxies/a/toxics', { type: 'noop' })).toEqual(
      refusal(409, 'toxic already exists'),
    );
  });

  it.each(['PATCH', 'POST'])('are changed by %s in attributes and toxicity only', async (method) => {
    await proxies.send('POST', '/proxies/a/toxics', {
      type: 'latency',
      name: 'slow',
      attributes: { latency: 5 },
    });
    const change = { attributes: { jitter: 2 }, toxicity: 0.5, name: 'other', stream: 'upstream' };
    expect((await answerTo(method, '/proxies/a/toxics/slow', change)).text).toBe(
      '{"attributes":{"latency":5,"jitter":2},"name":"slow","type":"latency","stream":"downstream","toxicity":0.5}',
    );
    const bad = await answerTo(method, '/proxies/a/toxics/slow', {
      toxicity: 1,
      attributes: { latency: 'x' },
    });
    expect(bad).toEqual(refusal(400, 'bad request body: attributes.latency must be a whole number'));
    expect((await answerTo('GET', '/proxies/a/toxics/slow')).text).toContain('"latency":5');
    expect((await answerTo('GET', '/proxies/a/toxics/slow')).text).toContain('"toxicity":0.5');
  });

  it('are removed', async () => {
    await proxies.send('POST', '/proxies/a/toxics', { type: 'noop', name: 'n/1 ?' });
    expect(await answerTo('DELETE', '/proxies/a/toxics/n%2F1%20%3F')).toEqual({
      status: 204,
      type: '',
      text: '',
    });
    expect(await answerTo('DELETE', '/proxies/a/toxics/n')).toEqual(refusal(404, 'toxic not found'));
    expect(await answerTo('GET', '/proxies/a/toxics/n')).toEqual(refusal(404, 'toxic not found'));
    expect(await answerTo('GET', '/proxies/none/toxics/n')).toEqual(refusal(404, 'proxy not found'));
  });

  it('are gone after a reset, and every proxy is up', async () => {
    await proxies.send('POST', '/proxies/a/toxics', { type: 'noop' });
    await proxies.send('PATCH', '/proxies/a', { enabled: false });
    expect(await answerTo('POST', '/reset')).toEqual({ status: 204, type: '', text: '' });
    expect((await answerTo('GET', '/proxies/a')).text).toBe(
      '{"name":"a","listen":"127.0.0.1:PORT","upstream":"127.0.0.1:9","enabled":true,"toxics":[]}',
    );
  });

  it('show "first" only where it was given', async () => {
    const toxic = { type: 'latency', attributes: { first: 2 } };
    expect((await answerTo('POST', '/proxies/a/toxics', toxic)).text).toContain(
      '{"latency":0,"jitter":0,"first":2}',
    );
  });
});

describe('metrics', () => {
  it('show names as Prometheus can read them', async () => {
    await proxies.send('POST', '/proxies', { ...A, name: 'a "b"\\\n' });
    const { type, text } = await proxies.send('GET', '/metrics');
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain(String.raw`pooler_proxy_connections_total{proxy="a \"b\"\\\n"} 0`);
  });
});

describe('the routes', () => {
  it.each([
    ['GET', '/nothing'],
    ['GET', '/'],
    ['GET', '/version/'],
    ['GET', '/proxies/'],
    ['GET', '/proxies/a/'],
    ['GET', '/proxies/a/other'],
    ['GET', '/proxies/a/toxics/'],
    ['GET', '/proxies/a/toxics/b/c'],
    ['GET', '/proxies/%'],
    ['GET', '/constructor'],
  ])('do not hold %s %s', async (method, path) => {
    expect(await answerTo(method, path)).toEqual({ status: 404, type: PLAIN, text: '404 page not found\n' });
  });

  it.each([
    ['PUT', '/proxies/a'],
    ['DELETE', '/proxies'],
    ['GET', '/reset'],
    ['HEAD', '/proxies'],
    ['OPTIONS', '/populate'],
  ])('answer no %s of %s', async (method, path) => {
    expect(await answerTo(method, path)).toEqual({ status: 405, type: '', text: '' });
  });

  it('refuse a body that is too long, with a sentence', async () => {
    const { status, text } = await proxies.send('POST', '/populate', ' '.repeat(1024 * 1024 + 1));
    expect(status).toBe(413);
    expect(JSON.parse(text)).toEqual({ error: 'bad request body: longer than 1048576 bytes', status: 413 });
  });
});
