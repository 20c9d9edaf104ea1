/** What one contestant did in one round. */
export interface Measurement {
  readonly requests: number;
  /** User and system time of the whole process, per request. */
  readonly cpuMicrosPerRequest: number;
  readonly requestsPerSecond: number;
}

export type Scheme = 'http' | 'https';

/** What is fetched, and how its body is read. Every client that competes names its readers so. */
export interface Fetched {
  readonly path: string;
  readonly read: 'text' | 'arrayBuffer';
}

/** 15 bytes of JSON. */
export const SMALL_JSON: Fetched = { path: '/health', read: 'text' };
export const BODY_64_KIB: Fetched = { path: '/64k', read: 'arrayBuffer' };
export const BODY_64_KIB_BYTES = 64 * 1024;

/** How a contestant is run: what it fetches, by which scheme, from which port, over how many connections, for how long. */
export interface Course extends Fetched {
  readonly scheme: Scheme;
  readonly port: number;
  readonly connections: number;
  /** Of live objects that each contestant holds besides its own, as an application would. */
  readonly liveMib: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Reads the course from the command line, as `rounds.ts` wrote it. */
export function courseFromArgv(): Course {
  const [scheme, path, ...numbers] = process.argv.slice(2);
  const [port, connections, liveMib, warmUpMs, measureMs] = numbers.map(Number);
  return {
    ...(path === BODY_64_KIB.path ? BODY_64_KIB : SMALL_JSON),
    scheme: scheme === 'https' ? 'https' : 'http',
    port: port ?? 0,
    connections: connections ?? 0,
    liveMib: liveMib ?? 0,
    warmUpMs: warmUpMs ?? 0,
    measureMs: measureMs ?? 0,
  };
}

/** Two fields in each: 48 bytes with its place in the array. */
function makeLiveObjects(mib: number): object[] {
  return Array.from({ length: Math.floor((mib * 1024 * 1024) / 48) }, (_, id) => ({ id, of: mib }));
}

/** Counts requests over the measured time, after a warm-up, prints the measurement as JSON and ends the process. */
export class Meter {
  readonly liveObjects: readonly object[];
  #requests = 0;

  constructor({ liveMib, warmUpMs, measureMs }: Course) {
    this.liveObjects = makeLiveObjects(liveMib);
    setTimeout(() => {
      this.#requests = 0;
      const cpuBefore = process.cpuUsage();
      const beganAtMs = performance.now();
      setTimeout(() => {
        const { user, system } = process.cpuUsage(cpuBefore);
        const seconds = (performance.now() - beganAtMs) / 1000;
        const measurement: Measurement = {
          requests: this.#requests,
          cpuMicrosPerRequest: (user + system) / this.#requests,
          requestsPerSecond: this.#requests / seconds,
        };
        process.stdout.write(`${JSON.stringify(measurement)}\n`, () => process.exit());
      }, measureMs);
    }, warmUpMs);
  }

  /** One request is over. */
  count(): void {
    this.#requests += 1;
  }
}

/** Runs `send` on each connection, over and over: a closed loop. */
export function closedLoop(course: Course, send: () => Promise<unknown>): void {
  const meter = new Meter(course);
  const worker = async (): Promise<never> => {
    for (;;) {
      await send();
      meter.count();
    }
  };
  for (let i = 0; i < course.connections; i += 1) void worker();
}
