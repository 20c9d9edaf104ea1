import { fork } from 'node:child_process';
import { extname, join } from 'node:path';

import type { TargetSettings } from './options.ts';

/** A target in a process of its own, as its supervisor sees it. */
export interface TargetChild {
  /** `undefined` when the system could not make the process; `onExit` follows. */
  readonly pid: number | undefined;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
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

export type StartChild = (settings: TargetSettings, handler: ChildHandler) => TargetChild;

/** What a child tells its supervisor. */
export type ChildMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** The file that a child runs: beside this one, as source or as built. */
const CHILD_MAIN = join(import.meta.dirname, `child-main${extname(import.meta.filename)}`);

/** Starts a target in a child process. Its faults go to our stderr; its stdout stays empty. */
export const forkTarget: StartChild = (settings, handler) => {
  const child = fork(CHILD_MAIN, [JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let failure: string | undefined;
  child.on('message', (message) => {
    if (!isChildMessage(message)) return;
    if (message.kind === 'listening') handler.onListening(message.port);
    else failure = message.reason;
  });
  // 'close' and not 'exit': only then has every message of the child been read.
  child.once('close', (code, signal) => {
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
  };
};

function isChildMessage(message: unknown): message is ChildMessage {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return false;
  return message.kind === 'listening' || message.kind === 'failed';
}
