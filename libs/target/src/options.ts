import { readFileSync } from 'node:fs';

import { invalidArgument, isLoopbackHost } from '#libs/kernel';

/** How a target listens and behaves. */
export interface TargetOptions {
  /** TCP port, 0 to 65535; 0 takes a free one. Default 8080. */
  readonly port?: number | undefined;
  /** Address or name to listen on. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /**
   * How long an idle connection is announced to stay open, in ms, 0 to 3,600,000; 0 keeps it open. Default 5000, as
   * Node's own. Node closes it `server.keepAliveTimeoutBuffer` (1 s) later than it announces.
   */
  readonly keepAliveTimeoutMs?: number | undefined;
  /** How long `close()` waits for what is in flight before it cuts it, in ms, 0 to 600,000. Default 10,000. */
  readonly drainTimeoutMs?: number | undefined;
  /** Makes the weighted faults of the query repeatable: 0 to 2^53 - 1. Default: other draws in each process. */
  readonly seed?: number | undefined;
}

/** A target that is started again when it dies. */
export interface SuperviseOptions extends TargetOptions {
  /** Port of the control server, 0 to 65535; 0 takes a free one, which is the default. */
  readonly controlPort?: number | undefined;
  /** Address or name that the control server listens on. Default `127.0.0.1`; another needs `controlTokenFile`. */
  readonly controlHost?: string | undefined;
  /**
   * File with the token that the control server asks for, 16 to 512 visible ASCII characters; space around it is left
   * out. Default: it asks for none.
   */
  readonly controlTokenFile?: string | undefined;
  /**
   * How long a dead target stays away before its process is started again, in ms, 0 to 60,000. Default 100. The start
   * itself, some 100 ms, comes on top.
   */
  readonly restartDelayMs?: number | undefined;
}

/** Options after their check, every default filled in. Plain JSON: a supervisor hands them to its child. */
export interface TargetSettings {
  readonly port: number;
  readonly host: string;
  readonly keepAliveTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly seed?: number | undefined;
}

/** Where the control server listens, and what it asks for. */
export interface ControlSettings {
  readonly host: string;
  readonly port: number;
  readonly token?: string | undefined;
}

export interface SuperviseSettings {
  readonly target: TargetSettings;
  readonly control: ControlSettings;
  readonly restartDelayMs: number;
}

/** The longest that a fault or a crash may last, in ms. */
export const WAIT_MAX_MS = 60_000;

const PORT_MAX = 65_535;

/** Fills in the defaults. Throws `PLR_INVALID_ARGUMENT` for a value outside its range. */
export function targetSettings(options: TargetOptions): TargetSettings {
  const {
    port = 8080,
    host = '127.0.0.1',
    keepAliveTimeoutMs = 5_000,
    drainTimeoutMs = 10_000,
    seed,
  } = options;
  if (host === '') throw invalidArgument('host', host, 'an address or a name');
  if (seed !== undefined) requireInteger('seed', seed, Number.MAX_SAFE_INTEGER);
  return {
    port: requireInteger('port', port, PORT_MAX),
    host,
    keepAliveTimeoutMs: requireInteger('keepAliveTimeoutMs', keepAliveTimeoutMs, 3_600_000),
    drainTimeoutMs: requireInteger('drainTimeoutMs', drainTimeoutMs, 600_000),
    seed,
  };
}

/** Fills in the defaults. Throws `PLR_INVALID_ARGUMENT` for a value outside its range; no message holds the token. */
export function superviseSettings(options: SuperviseOptions, readFile = readTextFile): SuperviseSettings {
  const { controlPort = 0, controlHost = '127.0.0.1', controlTokenFile, restartDelayMs = 100 } = options;
  if (controlHost === '') throw invalidArgument('controlHost', controlHost, 'an address or a name');
  if (controlTokenFile === undefined && !isLoopbackHost(controlHost)) {
    throw invalidArgument(
      'controlHost',
      controlHost,
      'a loopback address unless there is a control token file',
    );
  }
  return {
    target: targetSettings(options),
    control: {
      host: controlHost,
      port: requireInteger('controlPort', controlPort, PORT_MAX),
      token: controlTokenFile === undefined ? undefined : tokenIn(controlTokenFile, readFile),
    },
    restartDelayMs: requireInteger('restartDelayMs', restartDelayMs, WAIT_MAX_MS),
  };
}

function tokenIn(file: string, readFile: (file: string) => string): string {
  let token = '';
  try {
    token = readFile(file).trim();
  } catch {
    throw invalidArgument('controlTokenFile', file, 'a file that can be read');
  }
  if (/^[\x21-\x7e]{16,512}$/.test(token)) return token;
  throw invalidArgument('controlTokenFile', file, 'a file with 16 to 512 visible ASCII characters');
}

function readTextFile(file: string): string {
  return readFileSync(file, 'utf8');
}

function requireInteger(field: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw invalidArgument(field, value, `an integer from 0 to ${max}`);
  }
  return value;
}
