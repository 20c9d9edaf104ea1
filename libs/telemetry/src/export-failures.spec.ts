import { FakeClock } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import { ExportFailures } from './export-failures.ts';

function deadCollector(endpoint: string): { clock: FakeClock; lines: string[]; failures: ExportFailures } {
  const clock = new FakeClock();
  const lines: string[] = [];
  return { clock, lines, failures: new ExportFailures(endpoint, clock, (line) => lines.push(line)) };
}

describe('failed exports', () => {
  it('are all counted, and told once a minute', () => {
    const { clock, lines, failures } = deadCollector('http://127.0.0.1:4318');
    for (let i = 0; i < 13; i += 1) {
      failures.add('{"message":"connect ECONNREFUSED 127.0.0.1:4318"}');
      clock.advance(5_000);
    }
    expect(failures.count).toBe(13);
    expect(lines).toEqual([
      'telemetry: delivery to http://127.0.0.1:4318 failed (ECONNREFUSED), 1 times so far',
      'telemetry: delivery to http://127.0.0.1:4318 failed (ECONNREFUSED), 13 times so far',
    ]);
  });

  it('show no secret of the endpoint, of the headers or of an answer', () => {
    const { lines, failures } = deadCollector('https://me:hunter2@collector.example/v1?key=s3cret');
    failures.add('{"code":"401","data":"bad token ETOPSECRET","headers":"authorization: Bearer abc"}');
    expect(lines).toEqual(['telemetry: delivery to https://collector.example failed, 1 times so far']);
  });

  it('do without a name when the endpoint is no URL', () => {
    const { lines, failures } = deadCollector('secret, not a URL');
    failures.add('x');
    expect(lines).toEqual(['telemetry: delivery to the collector failed, 1 times so far']);
  });
});
