import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { METRICS } from '#libs/campaign';
import { campaignDocument } from '#libs/contracts';
import { RUN_PHASES } from '#libs/stats';
import { runInside } from '../cli/captured-io.ts';
import { code, codes, lowered, table } from './markdown.ts';

const root = resolve(import.meta.dirname, '../..');

/** What the schema's own descriptions leave out. */
const MEANINGS: Readonly<Record<string, string>> = {
  name: 'what it is called; several campaigns may have one name',
  seed: 'the same seed injects the same faults',
  'policies.pool.maxConnections':
    'connections of a scenario to the target at most; where left out as in [pool.md](pool.md)',
  'policies.retry': '`false` for none',
  'policies.retry.attempts': 'attempts of a request; where left out as in [resilience.md](resilience.md)',
  'policies.breaker': '`false` for none',
  'policies.breaker.failureRate':
    'share of failed calls that opens it; where left out as in [resilience.md](resilience.md)',
  'phases.baseline':
    'time before t = 0, at the rate or concurrency that the stages begin with, without faults',
  'phases.recovery': 'time after the last stage, at its rate, without faults',
  scenarios: 'what is sent, all of them at once',
  'stages[].duration': 'how long the stage takes',
  'stages[].target': 'the rate at its end',
  request: 'what is sent each time',
  'request.method': 'its method',
  'request.path': 'its path and query',
  'request.headers':
    "its header fields: `Name: text`, or `Name: { secretRef: NAME }` for one that the worker's secrets hold",
  'request.body': 'its body, sent as UTF-8',
  'request.idempotent': 'whether it may be sent twice; default by its method',
  concurrency: 'how many clients there are',
  duration: 'no request begins after this time; this or `requests` must be given',
  requests: 'it ends after so many requests',
  faults: 'failures on purpose: [faults.md](faults.md)',
  'faults[].type': 'what happens',
  'faults[].where': 'who makes it happen',
  'faults[].duration': 'how long its window is',
  'faults[].match.method': 'only requests of this method',
  drill: 'a disruption on Kubernetes; only the service carries it out',
  'drill.namespace': "the pods' namespace",
  'drill.selector': 'labels of the pods: `name: value`',
  'drill.mode': 'how many of them',
  'drill.action': '`evict` heeds budgets of disruption, `delete` does not',
  'drill.at': 'when, from t = 0',
  checks: 'what must hold',
  guardrails: 'what ends the run at once when it is true',
  'blastRadius.maxRate': 'a plan with a higher rate is refused',
  'blastRadius.maxConcurrency': 'a plan with more clients is refused',
  'blastRadius.maxDuration': 'a plan that takes longer is refused',
  'blastRadius.maxPods': 'a drill that would hit more pods is refused',
};

/** Each of them has a table of its own. */
const TWO_KINDS = 'scenarios';

/** A schema without what stands around it, and what that said. */
interface Bare {
  readonly schema: z.ZodType;
  readonly description: string | undefined;
  readonly isOptional: boolean;
  readonly fallback: unknown;
}

function bareOf(schema: z.ZodType): Bare {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    const inner = schema.def.innerType;
    if (!(inner instanceof z.ZodType)) throw new Error('a schema of zod wraps one');
    const bare = bareOf(inner);
    const description = schema.description ?? bare.description;
    if (schema instanceof z.ZodOptional) return { ...bare, description, isOptional: true };
    return { ...bare, description, fallback: schema.def.defaultValue };
  }
  return { schema, description: schema.description, isOptional: false, fallback: undefined };
}

function optionsOf(schema: z.ZodType): z.ZodType[] {
  if (!(schema instanceof z.ZodUnion)) return [schema];
  return schema.options.filter((option) => option instanceof z.ZodType);
}

/** The rows of every field below an object, each under its path. */
function rowsOf(object: z.ZodObject, prefix = ''): string[][] {
  return Object.entries(object.shape).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    if (!(schema instanceof z.ZodType)) return [];
    const bare = bareOf(schema);
    const inner = bare.schema instanceof z.ZodArray ? bare.schema.element : bare.schema;
    const below = optionsOf(inner instanceof z.ZodType ? inner : bare.schema).find(
      (one) => one instanceof z.ZodObject,
    );
    const suffix = bare.schema instanceof z.ZodArray ? '[].' : '.';
    const own = hasOwnRow(path, bare, below) ? [rowOf(path, bare)] : [];
    return [...own, ...(below && path !== TWO_KINDS ? rowsOf(below, `${path}${suffix}`) : [])];
  });
}

/** An object says what it is by its fields, unless there is something to be said of itself. */
function hasOwnRow(path: string, { description, schema }: Bare, below: z.ZodObject | undefined): boolean {
  return below === undefined || schema instanceof z.ZodArray || description !== undefined || path in MEANINGS;
}

function rowOf(path: string, { schema, description, isOptional, fallback }: Bare): string[] {
  const isQuantity = /^A (duration|rate) /.test(description ?? '');
  const [, said = '', otherwise] =
    /^(.*?)\s*(?:Default:? (.*?)\.?)?$/s.exec(isQuantity ? '' : (description ?? '')) ?? [];
  const meaning = said || MEANINGS[path];
  if (meaning === undefined)
    throw new Error(
      `the field ${path} of a campaign lacks its line: describe it in its schema, or in MEANINGS`,
    );
  const unsaid = isOptional ? (otherwise ?? '–') : 'must be given';
  const shown = fallback === undefined ? unsaid : code(fallbackText(schema, fallback));
  return [code(path), lowered(meaning), shown, rangeOf(schema) || '–'];
}

/** As one would write it. */
function fallbackText(schema: z.ZodType, fallback: unknown): string {
  const isDuration = schema instanceof z.ZodPipe && typeof fallback === 'number';
  if (isDuration) return fallback % 1_000 === 0 ? `${fallback / 1_000}s` : `${fallback}ms`;
  return typeof fallback === 'string' ? fallback : JSON.stringify(fallback);
}

/** From what the schema says when it refuses, or from its JSON Schema. */
function rangeOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodEnum) return codes(schema.options.map(String));
  if (schema instanceof z.ZodLiteral) return code(String(schema.value));
  if (schema instanceof z.ZodPipe) {
    const sentence = schema.safeParse('').error?.issues[0]?.message ?? '';
    return /a (?:duration from|rate) (.+?), such as/.exec(sentence)?.[1] ?? '';
  }
  const { minimum, maximum, maxLength, pattern, minItems, maxItems, anyOf } = z.toJSONSchema(schema, {
    io: 'input',
  });
  if (anyOf && schema instanceof z.ZodUnion) return '';
  if (maxItems !== undefined) return `${minItems ?? 0} to ${maxItems} of them`;
  if (maxLength !== undefined) return `up to ${maxLength.toLocaleString('en')} characters`;
  if (pattern !== undefined) {
    const sentence = schema.safeParse('\0').error?.issues[0]?.message ?? '';
    return /^must be (.+), got/.exec(sentence)?.[1] ?? '';
  }
  if (minimum === undefined) return '';
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return `${minimum} and more`;
  return `${minimum.toLocaleString('en')} to ${maximum.toLocaleString('en')}`;
}

function scenarioOf(model: string): z.ZodObject {
  const { schema } = bareOf(campaignDocument.shape.scenarios);
  const element = schema instanceof z.ZodArray ? schema.element : undefined;
  const found = element instanceof z.ZodType ? optionsOf(element) : [];
  const scenario = found.find(
    (one) => one instanceof z.ZodObject && rangeOf(one.shape.model) === code(model),
  );
  if (!(scenario instanceof z.ZodObject)) throw new Error(`there is no scenario of the model ${model}`);
  return scenario;
}

const HEAD = ['field', 'what it is', 'default', 'range'];

it('has every field of a campaign, with default and range', async () => {
  const example = readFileSync(resolve(root, 'examples/survives-a-restart.yaml'), 'utf8');
  const page = `# A campaign

One document for \`./pooler campaign\` (YAML or JSON) and for \`POST /api/v1/campaigns\` (JSON): what to send where, which faults to
inject, and what must hold. A field that does not exist is refused, and so is a value out of its range, each in one sentence
that names the field. \`./pooler campaign check FILE\` says them all and sends nothing.

\`\`\`yaml
${example.trim()}
\`\`\`

Durations are a number and a unit (\`500ms\`, \`10s\`, \`2m\`, \`1h\`), rates a number for each second, minute or hour (\`200/s\`,
\`90/m\`, \`5/h\`).

${table(HEAD, rowsOf(campaignDocument))}

A scenario is one of two. \`model: open\` sends at a rate, whatever the target does:

${table(HEAD, rowsOf(scenarioOf('open')))}

\`model: closed\` has a number of clients, each of which sends when its last answer is there:

${table(HEAD, rowsOf(scenarioOf('closed')))}

## Checks and guardrails

\`METRIC OPERATOR BOUND [in PHASE] [for DURATION] [min SAMPLES]\`, such as \`latency.p99 < 200ms min 100\`, \`surfaced.rate <= 1%\`
or \`latency.p99 <= 1.5x baseline\`.

- Metrics: ${codes(METRICS)}. Latency is from the intended start (open) or the call (closed) to the end, over all finished
  requests. \`failed\` ended with no 2xx or 3xx, \`surfaced\` are those of them that had been sent: a breaker, a queue or a wait
  that was too long refuses the others.
- Phases: ${codes(RUN_PHASES)}; without one, all of them together.
- \`for\`: a check must hold in every full window of that length; a guardrail must be true that long without a break.
- \`min\`: with fewer finished requests it is inconclusive, never a pass.

The verdict is \`fail\` where a check failed or a guardrail ended the run, \`inconclusive\` where samples were too few or we could
not send as planned, \`error\` where it was our own, else \`pass\`. [cli.md](cli.md#exit-codes) has the exit codes.
`;
  await expect(page).toMatchFileSnapshot('../../docs/campaign.md');
});

it('has examples that the command takes', async () => {
  const text = readFileSync(resolve(root, 'docs/campaign.md'), 'utf8');
  const blocks = Array.from(text.matchAll(/^```yaml\n(.*?)^```$/gms), ([, block = '']) => block);
  const folder = mkdtempSync(join(tmpdir(), 'pooler-'));
  try {
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      writeFileSync(join(folder, 'campaign.yaml'), block);
      expect(await runInside(['campaign', 'check', join(folder, 'campaign.yaml')])).toMatchObject({
        exitCode: 0,
        err: [],
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
