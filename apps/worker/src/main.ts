import { PoolerError, systemClock } from '#libs/kernel';
import { parseWorkerEnvironment, type WorkerEnvironment } from '#libs/service';
import { openMetricsPage, startTelemetry } from '#libs/telemetry';
import { createWorker } from './create-worker.ts';
import { Jobs } from './jobs/jobs.ts';

const BAD_ENVIRONMENT = 104;
const STOPPED_TWICE = 105;
/** Requests in flight end within their deadline; a Redis that is away shall not keep us longer. */
const CLOSE_MS = 20_000;

const environment = readEnvironment();
if (environment) await serve(environment);
else process.exitCode = BAD_ENVIRONMENT;

function readEnvironment(): WorkerEnvironment | undefined {
  try {
    return parseWorkerEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof PoolerError)) throw error;
    say(error.message);
    return undefined;
  }
}

async function serve(settings: WorkerEnvironment): Promise<void> {
  const telemetry = await startTelemetry({ serviceName: 'pooler-worker' });
  const metrics = await openMetricsPage({ exportFailures: () => telemetry.exportFailures });
  const onError = eachOnce();
  const onRefused = (error: Error): never => {
    onError(error);
    process.exit(1);
  };
  const jobs = new Jobs({ settings, env: process.env, telemetry, onError, onRefused });
  const app = await createWorker({ jobs, metrics });
  onSignals(async () => {
    await app.close();
    await metrics.close();
    await telemetry.shutdown();
  });
  await app.listen(settings.port, settings.host);
  process.stdout.write(`listening on ${await app.getUrl()}\n`);
}

/** The first signal lets others go on with our work, the second ends it at once. */
function onSignals(end: () => Promise<void>): void {
  let isEnding = false;
  const onSignal = (): void => {
    if (isEnding) process.exit(STOPPED_TWICE);
    isEnding = true;
    systemClock.setTimer(() => process.exit(0), CLOSE_MS);
    end().then(
      () => process.exit(0),
      (error: unknown) => {
        say(String(error));
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
}

/** Says once what is wrong, until it is something else. */
function eachOnce(): (error: Error) => void {
  let last = '';
  return ({ message }) => {
    if (message !== last) say(message);
    last = message;
  };
}

function say(line: string): void {
  process.stderr.write(`worker: ${line}\n`);
}
