import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Every value that a door of the package shows. Adding a name is a decision, taking one away breaks callers. */
const NAMES: Record<string, string[]> = {
  pooler: ['Client', 'ERROR_CODES', 'Pool', 'PoolerError'],
  'pooler/faults': [
    'DEFAULT_FAULT_SPEC',
    'FAULTS',
    'FAULT_TYPES',
    'FaultPlan',
    'LiveFaults',
    'PASS',
    'VerdictDigest',
    'allowedScope',
    'digestOf',
    'isFaultType',
    'parseFaultSpec',
  ],
  'pooler/nest': ['InjectClient', 'PoolerHealthIndicator', 'PoolerModule', 'clientToken'],
  'pooler/undici': ['PoolerDispatcher'],
  'pooler/telemetry': ['METRICS', 'TELEMETRY_OFF', 'openMetricsPage', 'startTelemetry'],
};

/** Node runs no decorators, so this door is tried as it is built. */
const BUILT = new Set(['pooler/nest']);

const LOADERS: Record<string, (door: string) => string[]> = {
  import: (door) => [
    '--input-type=module',
    '--eval',
    `import * as door from '${door}'; console.log(JSON.stringify(Object.keys(door).sort()));`,
  ],
  require: (door) => [
    '--input-type=commonjs',
    '--eval',
    `console.log(JSON.stringify(Object.keys(require('${door}')).sort()));`,
  ],
};

describe.each(Object.entries(NAMES))('%s', (door, names) => {
  it.each(Object.entries(LOADERS))('by %s shows its public names and no other', async (_how, load) => {
    const conditions = BUILT.has(door) ? [] : ['--conditions=pooler-source'];
    const { stdout } = await run(process.execPath, [...conditions, ...load(door)], { cwd: root });
    const shown: unknown = JSON.parse(stdout);
    expect(shown).toEqual(names);
  });
});

it('loads neither TLS nor cryptography before they are used: a fifth of its memory', async () => {
  // Node's own TypeScript loader needs the latter, so this is tried as it is built.
  const program = `
    import { Client } from 'pooler';
    const loaded = () => process.moduleLoadList.filter((name) => /^NativeModule (tls|crypto)$/.test(name));
    console.log(JSON.stringify(loaded()));
    new Client({ pool: { tls: {} } });
    console.log(JSON.stringify(loaded().sort()));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: root });
  expect(stdout.trim().split('\n')).toEqual(['[]', '["NativeModule crypto","NativeModule tls"]']);
});

/** The types that a door shows, which no run of the program can see. */
const TYPES: Record<string, string[]> = {
  'libs/client/src/index.ts': [
    'AdaptiveOptions',
    'AllowAddress',
    'BackoffOptions',
    'BodyPieces',
    'BreakerHandle',
    'BreakerOptions',
    'BreakerState',
    'BreakerWindow',
    'ClientOptions',
    'ClientSeams',
    'ClientStats',
    'ErrorCode',
    'ErrorKind',
    'FaultOptions',
    'FaultSource',
    'InformationalListener',
    'InformationalResponse',
    'OriginHealth',
    'OriginStats',
    'Pem',
    'Phase',
    'PoolOptions',
    'PoolRequest',
    'PoolStats',
    'Propagator',
    'RequestBody',
    'RequestOptions',
    'RequestTrace',
    'Response',
    'ResponseBody',
    'ResponseHeaders',
    'RetryBudgetOptions',
    'RetryOptions',
    'TlsOptions',
    'TlsReason',
  ],
  'libs/faults/src/index.ts': [
    'DialVerdict',
    'Fault',
    'FaultGuard',
    'FaultRule',
    'FaultScope',
    'FaultType',
    'FaultedRequest',
    'Injected',
    'RequestMatch',
    'Span',
    'Verdict',
    'When',
  ],
  'libs/nest/src/index.ts': [
    'ClientHealth',
    'PoolerModuleAsyncOptions',
    'PoolerModuleOptions',
    'PoolerOptionsFactory',
  ],
  'libs/client/src/undici/index.ts': ['LegacyHandler'],
  'libs/telemetry/src/index.ts': [
    'Environment',
    'MetricFacts',
    'MetricName',
    'MetricsPage',
    'MetricsPageOptions',
    'PoolGauge',
    'ServeOptions',
    'Telemetry',
    'TelemetryOptions',
    'TraceRelation',
  ],
};

describe.each(Object.entries(TYPES))('%s', (file, names) => {
  it('shows its public types and no other', () => {
    const source = ts.createSourceFile(
      file,
      readFileSync(resolve(root, file), 'utf8'),
      ts.ScriptTarget.Latest,
    );
    const shown = source.statements.flatMap((statement) => {
      if (!ts.isExportDeclaration(statement)) return [];
      const { exportClause } = statement;
      if (!exportClause || !ts.isNamedExports(exportClause)) return [];
      const types = exportClause.elements.filter(({ isTypeOnly }) => statement.isTypeOnly || isTypeOnly);
      return types.map(({ name }) => name.text);
    });
    expect(shown.sort()).toEqual(names);
  });
});

describe('the library', () => {
  it('sends a request when it is required', async () => {
    const script = `
      const { createServer } = require('node:http');
      const { Client } = require('pooler');
      const server = createServer((request, response) => response.end(request.url)).listen(0, '127.0.0.1', async () => {
        const client = new Client();
        const response = await client.request('http://127.0.0.1:' + server.address().port + '/health');
        console.log(response.statusCode, await response.body.text());
        await client.close();
        server.close();
      });`;
    const args = ['--conditions=pooler-source', '--input-type=commonjs', '--eval', script];
    const { stdout } = await run(process.execPath, args, { cwd: root });
    expect(stdout).toBe('200 /health\n');
  });
});
