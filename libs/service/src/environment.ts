import { readFileSync } from 'node:fs';
import type { NewTargetDocument } from '#libs/contracts';
import { invalidArgument, isLoopbackHost, parseDurationMs } from '#libs/kernel';
import { TokenList } from './access/token-list.ts';
import { parseDeclaredTargets } from './allow-list/declared-targets.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What api and worker both need to know. */
export interface ServiceEnvironment {
  /** `REDIS_URL`, default `redis://127.0.0.1:6379`. May hold a password: never log it. */
  readonly redisUrl: string;
  /** `POOLER_RETENTION`, default 168h: how long an ended run and its events are kept. */
  readonly retentionMs: number;
}

/** What the api needs to know besides. */
export interface ApiEnvironment extends ServiceEnvironment {
  /** `HOST`, default 127.0.0.1. */
  readonly host: string;
  /** `PORT`, default 3000; 0 takes a free one. */
  readonly port: number;
  /** From the file that `POOLER_TOKENS_FILE` names. Without it nobody signs in, which only loopback allows. */
  readonly tokens: TokenList | undefined;
  /** `POOLER_SEGMENTS`, default 1: into how many shares a run's load is cut. */
  readonly segments: number;
  /** `POOLER_TARGETS`, default none: a JSON list of targets, known before the first request is served. */
  readonly targets: readonly NewTargetDocument[];
}

/** What the worker needs to know besides. */
export interface WorkerEnvironment extends ServiceEnvironment {
  /** `HOST`, default 127.0.0.1, for the probes. */
  readonly host: string;
  /** `PORT`, default 3001; 0 takes a free one. */
  readonly port: number;
  /** `POOLER_SECRETS_DIR`: the folder with a file for each `secretRef`. Without it no secret is found. */
  readonly secretsDir: string | undefined;
  /** `POOLER_CONTROL_TOKEN_FILE`: the file with the token that the targets' supervisors ask for. */
  readonly controlTokenFile: string | undefined;
  /** `POOLER_DRILL_NAMESPACES`, with commas: where drills may take pods away. Default: wherever the cluster allows it. */
  readonly drillNamespaces: readonly string[] | undefined;
  /** `POD_NAMESPACE` and `POD_NAME`: the pod that the worker runs in. */
  readonly ownPod: { readonly namespace: string; readonly name: string } | undefined;
  /** `POOLER_WORKER_RUNS`, default 10: how many runs a worker sees through at a time. */
  readonly maxRuns: number;
  /** `POOLER_WORKER_SEGMENTS`, default 4: how many shares of load a worker sends at a time. */
  readonly maxSegments: number;
}

const RETENTION_MIN_MS = 60_000;
const RETENTION_MAX_MS = 10_000 * 3_600_000;

/**
 * Reads the variables of the api.
 * @throws PoolerError `PLR_INVALID_ARGUMENT`, one sentence that begins with the variable's name
 */
export function parseApiEnvironment(variables: Variables, readFile = readTextFile): ApiEnvironment {
  const host = textOf(variables, 'HOST') ?? '127.0.0.1';
  const tokensFile = textOf(variables, 'POOLER_TOKENS_FILE');
  if (tokensFile === undefined && !isLoopbackHost(host)) {
    throw invalidArgument('HOST', host, 'a loopback address as long as POOLER_TOKENS_FILE is not set');
  }
  return {
    ...commonOf(variables),
    host,
    port: wholeOf(variables, 'PORT', 3_000, 0, 65_535),
    tokens: tokensFile === undefined ? undefined : tokensOf(tokensFile, readFile),
    segments: wholeOf(variables, 'POOLER_SEGMENTS', 1, 1, 64),
    targets: parseDeclaredTargets('POOLER_TARGETS', textOf(variables, 'POOLER_TARGETS') ?? '[]'),
  };
}

/** As `parseApiEnvironment`, for the worker. */
export function parseWorkerEnvironment(variables: Variables): WorkerEnvironment {
  return {
    ...commonOf(variables),
    host: textOf(variables, 'HOST') ?? '127.0.0.1',
    port: wholeOf(variables, 'PORT', 3_001, 0, 65_535),
    secretsDir: textOf(variables, 'POOLER_SECRETS_DIR'),
    controlTokenFile: textOf(variables, 'POOLER_CONTROL_TOKEN_FILE'),
    drillNamespaces: namespacesOf(textOf(variables, 'POOLER_DRILL_NAMESPACES')),
    ownPod: ownPodOf(variables),
    maxRuns: wholeOf(variables, 'POOLER_WORKER_RUNS', 10, 1, 100),
    maxSegments: wholeOf(variables, 'POOLER_WORKER_SEGMENTS', 4, 1, 64),
  };
}

function commonOf(variables: Variables): ServiceEnvironment {
  return {
    redisUrl: redisUrlOf(textOf(variables, 'REDIS_URL') ?? 'redis://127.0.0.1:6379'),
    retentionMs: retentionOf(textOf(variables, 'POOLER_RETENTION') ?? '168h'),
  };
}

function redisUrlOf(text: string): string {
  const protocol = URL.parse(text)?.protocol;
  if (protocol === 'redis:' || protocol === 'rediss:') return text;
  // The value may hold a password, so the sentence says only how it begins.
  throw invalidArgument('REDIS_URL', protocol ?? 'no URL', 'a URL that begins with redis:// or rediss://');
}

function retentionOf(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms >= RETENTION_MIN_MS && ms <= RETENTION_MAX_MS) return ms;
  throw invalidArgument('POOLER_RETENTION', text, 'a duration from 1m to 10000h');
}

/** The names of namespaces are DNS labels (RFC 1123 section 2.1). */
function namespacesOf(text: string | undefined): readonly string[] | undefined {
  const names = text?.split(',').map((name) => name.trim());
  const bad = names?.find((name) => !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name));
  if (bad === undefined) return names;
  throw invalidArgument('POOLER_DRILL_NAMESPACES', text, 'names of namespaces with commas between them');
}

function ownPodOf(variables: Variables): WorkerEnvironment['ownPod'] {
  const namespace = textOf(variables, 'POD_NAMESPACE');
  const name = textOf(variables, 'POD_NAME');
  return namespace !== undefined && name !== undefined ? { namespace, name } : undefined;
}

function tokensOf(file: string, readFile: (file: string) => string): TokenList {
  let text: string;
  try {
    text = readFile(file);
  } catch {
    throw invalidArgument('POOLER_TOKENS_FILE', file, 'a file that can be read');
  }
  return TokenList.parse(text);
}

function wholeOf(variables: Variables, name: string, standard: number, min: number, max: number): number {
  const text = textOf(variables, name);
  if (text === undefined) return standard;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw invalidArgument(name, text, `a whole number from ${min} to ${max}`);
}

/** A variable that is set to nothing is not set. */
function textOf(variables: Variables, name: string): string | undefined {
  const text = variables[name]?.trim();
  return text === '' ? undefined : text;
}

function readTextFile(file: string): string {
  return readFileSync(file, 'utf8');
}
