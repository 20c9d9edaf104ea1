/** Runs the library with telemetry as the environment says, and prints which packages of OpenTelemetry were loaded. */
import { createServer } from 'node:http';
import { registerHooks } from 'node:module';
import type { AddressInfo } from 'node:net';

const loaded = new Set<string>();
registerHooks({
  load(url, context, nextLoad) {
    const name = /node_modules\/((?:@opentelemetry\/)?[^/]*)/.exec(url)?.[1];
    if (name?.startsWith('@opentelemetry/') || name === 'bullmq-otel') loaded.add(name);
    return nextLoad(url, context);
  },
});

const { Client } = await import('#libs/client');
const { startTelemetry } = await import('#libs/telemetry');
const { startTarget } = await import('#libs/target');

const telemetry = await startTelemetry({ serviceName: 'pooler-spec' });
const client = new Client({ propagator: telemetry.propagator('link') });
const target = await startTarget({ port: 0 });
const server = createServer((request, response) => {
  telemetry.serve(request, response, () => response.end());
});
server.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
for (const url of [`${target.url}/health`, own]) {
  const response = await client.request(url);
  await response.body.dump();
}
await client.close();
await target.close();
server.close();
await telemetry.shutdown();
process.stdout.write(`${JSON.stringify({ isOn: telemetry.isOn, loaded: [...loaded].sort() })}\n`);
