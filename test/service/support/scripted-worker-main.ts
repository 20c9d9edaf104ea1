// A worker of the scripted world as a process of its own: tells its parent what it sends and what it does to the target.
import { Service, ServiceWorker } from '#libs/service';
import { ScriptedWorld } from './scripted-world.ts';

const [redisUrl = ''] = process.argv.slice(2);
const onError = (): void => {};
const tell = (news: object): void => void process.stdout.write(`${JSON.stringify(news)}\n`);

// Who started us may be killed.
process.on('disconnect', () => process.exit(0));

const environment = { redisUrl, retentionMs: 3_600_000 };
const service = await Service.open({ environment, isPatient: true, onError });
const world = new ScriptedWorld(
  (sent) => tell({ sent }),
  (applied) => tell({ applied }),
);
const limits = { maxRuns: 1, maxSegments: 1 };
const worker = new ServiceWorker({ service, redisUrl, world, limits, onError });
process.on('SIGTERM', () => {
  void worker.close().then(() => process.exit(0));
});
tell({ ready: true });
