/** Sends traced requests while nobody takes the traces, until two deliveries have failed, and prints how that went. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '#libs/client';
import { startTarget } from '#libs/target';
import { startTelemetry } from '#libs/telemetry';

const REQUESTS_MAX = 2_000;

const telemetry = await startTelemetry({ serviceName: 'pooler-spec' });
const target = await startTarget({ port: 0 });
const client = new Client({ propagator: telemetry.propagator('link') });
let allAnswered = true;
for (let sent = 0; sent < REQUESTS_MAX && telemetry.exportFailures < 2; sent += 1) {
  const response = await client.request(`${target.url}/health`);
  await response.body.dump();
  allAnswered &&= response.statusCode === 200;
  await delay(5);
}
await client.close();
await target.close();
await telemetry.shutdown();
const countedFailures = telemetry.exportFailures >= 2;
process.stdout.write(`${JSON.stringify({ allAnswered, countedFailures })}\n`);
