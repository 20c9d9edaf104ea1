import type { CheckResult } from '#libs/campaign';
import { amount } from './amount.ts';
import type { FaultResult, GuardrailResult, ReportModel } from './report-model.ts';

/** One test case: what it is called, and what is to be said of it. */
interface TestCase {
  readonly group: 'run' | 'check' | 'guardrail';
  readonly name: string;
  readonly outcome: Outcome;
}

type Outcome =
  | { readonly kind: 'pass' }
  /** The elements of JUnit: the system failed, we failed, or there is no result. */
  | { readonly kind: 'failure' | 'error' | 'skipped'; readonly message: string };

const PASS: Outcome = { kind: 'pass' };

/**
 * The report in the XML that CI servers read (JUnit, as the Jenkins xUnit plugin has it): one test case for the run, one
 * for each check and each guardrail. What is inconclusive is `skipped`, since there is no result.
 */
export function toJunit(report: ReportModel): string {
  const cases: TestCase[] = [
    { group: 'run', name: 'the run ends by itself', outcome: outcomeOfRun(report) },
    ...report.checks.map((check): TestCase => ({
      group: 'check',
      name: check.check,
      outcome: outcomeOfCheck(check),
    })),
    ...report.guardrails.map((rail): TestCase => ({
      group: 'guardrail',
      name: rail.guardrail,
      outcome: outcomeOfGuardrail(rail),
    })),
  ];
  const counts = attributes({
    name: report.campaign,
    tests: cases.length,
    failures: countOf(cases, 'failure'),
    errors: countOf(cases, 'error'),
    skipped: countOf(cases, 'skipped'),
  });
  const timestamp = report.startedAt === undefined ? '' : attributes({ timestamp: report.startedAt });
  const properties = {
    id: report.id,
    target: report.target,
    verdict: report.verdict,
    seed: report.seed,
    digest: report.digest,
    ...Object.fromEntries(report.faults.map((fault) => [`fault.${fault.id}`, faultText(fault)])),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${counts}>`,
    `  <testsuite${counts}${timestamp}>`,
    '    <properties>',
    ...Object.entries(properties).map(([name, value]) => `      <property${attributes({ name, value })}/>`),
    '    </properties>',
    ...cases.map((testCase) => elementOf(testCase, report.campaign)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** A fault is no test: it is told of where facts are. */
function faultText({ type, where, startMs, endMs, detectedMs, recoveredMs }: FaultResult): string {
  const seen = (atMs: number | null): string => (atMs === null ? 'none seen' : amount(atMs, 'ms'));
  const window = `${type} of the ${where} from ${amount(startMs, 'ms')} to ${amount(endMs, 'ms')}`;
  return `${window}; detected: ${seen(detectedMs)}; recovered: ${seen(recoveredMs)}`;
}

function outcomeOfRun({ verdict, reason = '', guardrails, state, isDryRun }: ReportModel): Outcome {
  if (verdict === 'error') return { kind: 'error', message: reason };
  if (isDryRun) return { kind: 'skipped', message: 'a dry run sends nothing' };
  if (state === 'completed') return reason === '' ? PASS : { kind: 'failure', message: reason };
  // A tripped guardrail has its own test case.
  if (guardrails.some(({ trippedBy }) => trippedBy !== undefined)) return PASS;
  return { kind: 'skipped', message: reason === '' ? `the run is ${state}` : reason };
}

function outcomeOfCheck({ state, actual, bound, unit, samples, reason = '' }: CheckResult): Outcome {
  if (state === 'pass') return PASS;
  const numbers = `actual ${amount(actual, unit)}, bound ${amount(bound, unit)}, ${samples} requests`;
  if (state === 'fail') return { kind: 'failure', message: numbers };
  return { kind: 'skipped', message: `inconclusive, ${reason}: ${numbers}` };
}

function outcomeOfGuardrail({ trippedBy, unit }: GuardrailResult): Outcome {
  return trippedBy === undefined
    ? PASS
    : { kind: 'failure', message: `tripped at ${amount(trippedBy, unit)}` };
}

function countOf(cases: readonly TestCase[], kind: Outcome['kind']): number {
  return cases.filter(({ outcome }) => outcome.kind === kind).length;
}

function elementOf({ group, name, outcome }: TestCase, campaign: string): string {
  const open = `    <testcase${attributes({ classname: `${campaign}.${group}`, name })}`;
  if (outcome.kind === 'pass') return `${open}/>`;
  return `${open}>\n      <${outcome.kind}${attributes({ message: outcome.message })}/>\n    </testcase>`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** An attribute's value. What XML 1.0 (section 2.2) has no place for, as control characters, becomes U+FFFD. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"\t\n\r]/g, (character) => ENTITIES[character] ?? character);
}
