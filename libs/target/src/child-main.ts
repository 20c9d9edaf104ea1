/**
 * The whole of a supervised child: a target that tells its supervisor how its start went, drains on a signal, and ends
 * with its supervisor, however that ended.
 */
import { systemClock } from '#libs/kernel';
import { startTelemetry } from '#libs/telemetry';

import type { ChildMessage, ParentMessage } from './target-child.ts';
import { startTarget } from './target-server.ts';

process.once('disconnect', endNow);
// The supervisor may have gone before anyone listened.
if (!process.connected) endNow();

try {
  const telemetry = await startTelemetry({ serviceName: 'pooler-target' });
  const target = await startTarget(JSON.parse(process.argv[2] ?? '{}'), systemClock, telemetry);
  // A terminal signals the whole process group and the supervisor signals again: `close` may be called twice.
  const drain = (): void => {
    target
      .close()
      .then(() => telemetry.shutdown())
      .then(() => process.exit(0), endNow);
  };
  process.on('SIGTERM', drain).on('SIGINT', drain);
  target.suffer(JSON.parse(process.argv[3] ?? '[]'));
  process.on('message', ({ faults, revision }: ParentMessage) => {
    target.suffer(faults);
    tell({ kind: 'suffering', revision });
  });
  tell({ kind: 'listening', port: target.port });
} catch (error) {
  tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }, endNow);
}

function tell(message: ChildMessage, done?: () => void): void {
  process.send?.(message, undefined, undefined, done);
}

function endNow(): void {
  process.exit(1);
}
