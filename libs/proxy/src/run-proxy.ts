import { readFileSync, statSync } from 'node:fs';
import { invalidArgument, systemClock } from '#libs/kernel';
import { ApiError } from './api-error.ts';
import { ControlServer } from './control/control-server.ts';
import { readProxies } from './control/documents.ts';
import { readJson } from './control/read-json.ts';
import { proxySettings, type ProxyOptions, type ProxySettings } from './options.ts';
import { ProxySet, type PopulateEntry } from './proxy-set.ts';

/** Where a command writes its lines, without their newline. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
}

const CONFIG_MAX_BYTES = 1024 * 1024;

/**
 * Runs fault proxies as the whole of this process until SIGTERM or SIGINT, then closes every connection. Prints
 * `listening on URL pid=PID seed=SEED` when the control API accepts, before it a line for each proxy of the file. Returns
 * the exit code: 0 when it was stopped, 1 when it could not listen.
 *
 * Throws `PLR_INVALID_ARGUMENT` for a bad option or a bad file, before anything is started.
 */
export async function runProxy(options: ProxyOptions, terminal: Terminal): Promise<number> {
  const settings = proxySettings(options);
  const entries = settings.config === undefined ? [] : readConfig(settings.config);
  const signalled = nextSignal();
  const proxies = new ProxySet({ clock: systemClock, seed: settings.seed });
  const control = new ControlServer(proxies, settings.host);
  try {
    if (!(await start({ settings, entries, proxies, control }, terminal))) return 1;
    await signalled;
    return 0;
  } finally {
    control.close();
    await proxies.close();
  }
}

interface Parts {
  readonly settings: ProxySettings;
  readonly entries: readonly PopulateEntry[];
  readonly proxies: ProxySet;
  readonly control: ControlServer;
}

/** Returns false when something could not listen, which it has told then. */
async function start({ settings, entries, proxies, control }: Parts, terminal: Terminal): Promise<boolean> {
  const { host, port, seed } = settings;
  const { proxies: populated, error } = await proxies.populate(entries);
  if (error) {
    terminal.err(error.message);
    return false;
  }
  for (const { name, listen, upstream, isEnabled } of populated) {
    if (isEnabled) terminal.out(`proxy ${name} listening on ${listen} for ${upstream}`);
  }
  try {
    const bound = await control.listen(port);
    terminal.out(`listening on ${httpUrl(host, bound)} pid=${process.pid} seed=${seed}`);
    return true;
  } catch (cause) {
    terminal.err(
      `cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
    return false;
  }
}

function readConfig(path: string): readonly PopulateEntry[] {
  try {
    if (statSync(path).size > CONFIG_MAX_BYTES)
      throw new ApiError(413, `longer than ${CONFIG_MAX_BYTES} bytes`);
    return readProxies(readJson(readFileSync(path, 'utf8')));
  } catch (error) {
    const why = error instanceof ApiError ? `: ${error.message}` : '';
    throw invalidArgument('config', path, `a JSON file with a list of proxies${why}`);
  }
}

/** `http://host:port`, with an IPv6 address in the brackets of RFC 3986, section 3.2.2. */
function httpUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Resolves at the first SIGTERM or SIGINT. Later ones change nothing: closing takes no time worth a second signal. */
function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = (): void => {
      resolve();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}
