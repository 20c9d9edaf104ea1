import { describe, expect, it } from 'vitest';
import { toCsv } from './csv.ts';
import { reportOf, type ReportSource } from './report-model.ts';
import { failed, source } from './report.spec-helper.ts';

const lines = (changes: Partial<ReportSource> = {}) => toCsv(reportOf(source(changes))).split('\r\n');
const abortedFor = (reason: string): Partial<ReportSource> => ({
  state: { kind: 'errored', sinceMs: 9, message: reason },
});

describe('the report as CSV', () => {
  it('has a header and then one value a row, each row ended by CRLF', () => {
    const [header, ...rows] = lines();
    expect(header).toBe('section,name,field,value,unit');
    expect(rows.at(-1)).toBe('');
    expect(rows).toEqual(
      expect.arrayContaining([
        'run,,verdict,pass,',
        'run,,endedAt,,',
        'count,summary,requests,2,',
        'count,stages,failed,1,',
        'attribution,stages,injected/surfaced,1,requests',
        'error,summary,PLR_RESET,1,failures',
        'check,latency.p99 < 200ms,actual,12.5,ms',
        'guardrail,failed.rate > 90%,trippedBy,,ratio',
        'fault,resets,where,client,',
        'fault,resets,hits,3,attempts',
        'fault,resets,endMs,10000,ms',
        'fault,resets,detectedMs,12,ms',
        'fault,resets,recoveredMs,,ms',
      ]),
    );
  });

  it('leaves out the latencies of a phase in which nothing finished', () => {
    expect(lines().filter((line) => line.startsWith('latency,baseline'))).toEqual([]);
    expect(lines().filter((line) => line.startsWith('latency,stages'))).toHaveLength(5);
  });

  it('quotes what holds a comma, a quote or a line break', () => {
    expect(toCsv(reportOf(source(abortedFor('a, "b"\nc'))))).toContain('run,,reason,"a, ""b""\nc",\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@A1', '\tx'])('keeps a spreadsheet from running %j', (text) => {
    expect(lines(abortedFor(text))).toContain(`run,,reason,'${text},`);
  });

  it('leaves a negative number a number', () => {
    expect(lines({ checks: [failed] })).toContain('check,surfaced.rate <= 1%,margin,-0.49,ratio');
  });
});
