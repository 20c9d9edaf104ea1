import type { Clock } from '#libs/kernel';

/** Resolves at `atMs`, or when `signal` fires. */
export async function waitUntil(clock: Clock, atMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = clock.setTimer(wake, Math.max(0, atMs - clock.nowMs()));
    signal.addEventListener('abort', wake);
  });
}
