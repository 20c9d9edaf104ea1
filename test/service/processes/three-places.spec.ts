import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { CampaignDocument, FaultResult } from '#libs/contracts';
import { TestProxies } from '../../proxy/control-client.ts';
import { ask } from '../../target/ask.ts';
import { TargetProcess } from '../../target/target-process.ts';
import { REDIS_KINDS } from '../support/redis-kinds.ts';
import { ServiceClient } from '../support/service-client.ts';
import { ServiceProcess } from '../support/service-process.ts';

const EXAMPLE = new URL('../../../examples/three-places.json', import.meta.url);
const TIMEOUT_MS = 90_000;

const PLANNED = [
  { id: 'resets', where: 'client', startMs: 0, endMs: 2_000 },
  { id: 'busy', where: 'proxy', startMs: 2_000, endMs: 3_000 },
  { id: 'aborts', where: 'target', startMs: 5_500, endMs: 6_500 },
];

describe.concurrent.each(REDIS_KINDS)('on $name', (kind) => {
  describe.skipIf(!kind.isAvailable)('a campaign over REST with faults of client, proxy and target', () => {
    it(
      'has a verdict, and says when each was detected and recovered from',
      { timeout: TIMEOUT_MS },
      async () => {
        const redis = await kind.start();
        try {
          await using api = new ServiceProcess('api', { REDIS_URL: redis.url });
          await using worker = new ServiceProcess('worker', { REDIS_URL: redis.url });
          using target = new TargetProcess('--supervise', '--port', '0', '--control-port', '0');
          await using proxies = await TestProxies.start();
          const port = await proxies.proxyTo((await target.listening()).port, 'proxied');
          const controlUrl = await target.control();
          const apiUrl = await api.listening();
          await worker.listening();
          const client = new ServiceClient(apiUrl);
          await client.post('/targets', {
            name: 'proxied',
            baseUrl: `http://127.0.0.1:${port}`,
            maxRate: '1000/s',
            maxConcurrency: 200,
            faults: true,
            allowPrivate: true,
            controlUrl,
            proxy: { controlUrl: proxies.url, name: 'proxied' },
          });
          const campaign: CampaignDocument = JSON.parse(await readFile(EXAMPLE, 'utf8'));

          const run = await client.run(campaign, TIMEOUT_MS);
          expect(run).toMatchObject({ state: 'completed', verdict: 'pass', faults: PLANNED });
          expectSeen(run.faults);

          const { faults, verdict } = await client.get<{ verdict: string; faults: FaultResult[] }>(
            `/runs/${run.id}/report`,
          );
          expect([verdict, faults]).toEqual(['pass', run.faults]);
          const junit = await ask(`${apiUrl}/api/v1/runs/${run.id}/report?format=junit`);
          for (const { id, detectedMs, recoveredMs } of run.faults) {
            expect(junit.body.toString()).toMatch(
              new RegExp(
                `name="fault.${id}" value=".*detected: ${detectedMs} ms; recovered: ${recoveredMs} ms"`,
              ),
            );
          }

          const [toxics, ofTarget] = [
            await proxies.send('GET', '/proxies/proxied/toxics'),
            await ask(`${controlUrl}/faults`),
          ];
          expect([toxics.text, JSON.parse(ofTarget.body.toString())]).toEqual(['[]', { faults: [] }]);
        } finally {
          await redis.kill();
        }
      },
    );
  });
});

/** Each was seen while it was in force or by what it had left under way, and was over afterwards. */
function expectSeen(faults: readonly FaultResult[]): void {
  for (const { id, startMs, endMs, detectedMs, recoveredMs } of faults) {
    expect(detectedMs, id).toBeGreaterThanOrEqual(startMs);
    expect(recoveredMs, id).toBeGreaterThanOrEqual(endMs);
    expect(recoveredMs, id).toBeGreaterThan(detectedMs ?? Infinity);
  }
}
