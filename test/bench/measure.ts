/** What one contestant did in one round. */
export interface Measurement {
  readonly requests: number;
  /** User and system time of the whole process, per request. */
  readonly cpuMicrosPerRequest: number;
  readonly requestsPerSecond: number;
}

export type Scheme = 'http' | 'https';

/** How a contestant is run: by which scheme, against which port, over how many connections, for how long. */
export interface Course {
  readonly scheme: Scheme;
  readonly port: number;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Reads the course from the command line, as `rounds.ts` wrote it. */
export function courseFromArgv(): Course {
  const [scheme, ...numbers] = process.argv.slice(2);
  const [port, connections, warmUpMs, measureMs] = numbers.map(Number);
  return {
    scheme: scheme === 'https' ? 'https' : 'http',
    port: port ?? 0,
    connections: connections ?? 0,
    warmUpMs: warmUpMs ?? 0,
    measureMs: measureMs ?? 0,
  };
}

/** Counts requests over the measured time, after a warm-up, prints the measurement as JSON and ends the process. */
export class Meter {
  #requests = 0;

  constructor({ warmUpMs, measureMs }: Course) {
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
