import { PoolerError } from '#libs/kernel';
import { ProblemError, Service, parseApiEnvironment, type ApiEnvironment } from '#libs/service';
import { openMetricsPage, startTelemetry } from '#libs/telemetry';
import { createApi } from './create-api.ts';

const CANNOT_LISTEN = 1;
const BAD_ENVIRONMENT = 104;

const environment = readEnvironment();
if (environment) await serve(environment);
else process.exitCode = BAD_ENVIRONMENT;

function readEnvironment(): ApiEnvironment | undefined {
  try {
    return parseApiEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof PoolerError)) throw error;
    say(error.message);
    return undefined;
  }
}

async function serve({ host, port, tokens, segments, targets, ...common }: ApiEnvironment): Promise<void> {
  const telemetry = await startTelemetry({ serviceName: 'pooler-api' });
  const metrics = await openMetricsPage({ exportFailures: () => telemetry.exportFailures });
  const onError = redisErrors();
  const service = await Service.open({
    environment: common,
    segments,
    telemetry: telemetry.forQueues,
    onError,
  });
  const app = await createApi({ service, tokens, metrics, telemetry });
  const end = async (): Promise<void> => {
    await app.close();
    await service.close();
    await metrics.close();
    await telemetry.shutdown();
  };
  try {
    // Before it listens: whoever finds it ready finds them too.
    for (const target of targets) await service.targetService.declare(target);
    await app.listen(port, host);
  } catch (error) {
    process.exitCode = sayRefusal(error);
    return end();
  }
  process.stdout.write(`listening on ${await app.getUrl()}\n`);
  let ending: Promise<void> | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void (ending ??= end()));
}

/** One sentence and an exit code for what an operator can put right; anything else is thrown on. */
function sayRefusal(error: unknown): number {
  if (error instanceof ProblemError) {
    say(`POOLER_TARGETS is refused: ${error.message}`);
    return BAD_ENVIRONMENT;
  }
  if (error instanceof Error && 'syscall' in error && error.syscall === 'listen') {
    say(`cannot listen: ${error.message}`);
    return CANNOT_LISTEN;
  }
  throw error;
}

/** Says once what is wrong with Redis, until it is something else. */
function redisErrors(): (error: Error) => void {
  let last = '';
  return ({ message }) => {
    if (message !== last) say(message);
    last = message;
  };
}

function say(line: string): void {
  process.stderr.write(`api: ${line}\n`);
}
