import { fork } from 'node:child_process';
import { extname, join } from 'node:path';

import type { InstalledFault } from './fault/fault-list.ts';
import type { TargetSettings } from './options.ts';

/** A target in a process of its own, as its supervisor sees it. */
export interface TargetChild {
  /** `undefined` when the system could not make the process; `onExit` follows. */
  readonly pid: number | undefined;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Gives it these faults instead of those it had. Resolves when it has them, or has ended. */
  suffer(faults: readonly InstalledFault[]): Promise<void>;
}

/** How a child ended. */
export interface ChildExit {
  readonly signal: string | null;
  /** Why, as a sentence for people. */
  readonly reason: string;
}

/** Hears one child. No method is called before `StartChild` has returned. */
export interface ChildHandler {
  onListening(port: number): void;
  /** The process is gone and has released its port. The last call. */
  onExit(exit: ChildExit): void;
}

/** Starts a target that has `faults` from its first request on. */
export type StartChild = (
  settings: TargetSettings,
  handler: ChildHandler,
  faults: readonly InstalledFault[],
) => TargetChild;

/** What a child tells its supervisor. */
export type ChildMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly reason: string }
  /** It has the faults of this revision. */
  | { readonly kind: 'suffering'; readonly revision: number };

/** What a supervisor tells its child. */
export interface ParentMessage {
  readonly faults: readonly InstalledFault[];
  /** Counts the messages to one child. */
  readonly revision: number;
}

/** The file that a child runs: beside this one, as source or as built. */
const CHILD_MAIN = join(import.meta.dirname, `child-main${extname(import.meta.filename)}`);

/** Starts a target in a child process. Its faults go to our stderr; its stdout stays empty. */
export const forkTarget: StartChild = (settings, handler, faults) => {
  const child = fork(CHILD_MAIN, [JSON.stringify(settings), JSON.stringify(faults)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let failure: string | undefined;
  let revision = 0;
  const awaited = new Map<number, () => void>();
  child.on('message', (message) => {
    if (!isChildMessage(message)) return;
    switch (message.kind) {
      case 'listening':
        handler.onListening(message.port);
        break;
      case 'failed':
        failure = message.reason;
        break;
      case 'suffering':
        awaited.get(message.revision)?.();
        awaited.delete(message.revision);
        break;
    }
  });
  // 'close' and not 'exit': only then has every message of the child been read.
  child.once('close', (code, signal) => {
    for (const resolve of awaited.values()) resolve();
    awaited.clear();
    const ending = signal === null ? `ended with exit code ${code}` : `ended by ${signal}`;
    handler.onExit({ signal, reason: failure ?? `the target process ${ending}` });
  });
  child.once('error', (error) => {
    if (child.pid === undefined)
      handler.onExit({ signal: null, reason: `the target process could not be started: ${error.message}` });
  });
  return {
    pid: child.pid,
    kill: (signal) => {
      child.kill(signal);
    },
    suffer: async (faults) => {
      if (!child.connected) return;
      revision += 1;
      const { promise, resolve } = Promise.withResolvers<void>();
      awaited.set(revision, resolve);
      const message: ParentMessage = { faults, revision };
      // A child that dies meanwhile is heard of by its end.
      child.send(message, () => {});
      await promise;
    },
  };
};

function isChildMessage(message: unknown): message is ChildMessage {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return false;
  return message.kind === 'listening' || message.kind === 'failed' || message.kind === 'suffering';
}
