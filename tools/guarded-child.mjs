// A child process that does not outlive the process that started it, not even when that one is SIGKILLed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const windows = process.platform === 'win32';
const guard = fileURLToPath(new URL('guard.sh', import.meta.url));

/**
 * Starts a command as the leader of a process group of its own. If this process dies without a word, the group gets
 * SIGTERM at once and SIGKILL two seconds later. Windows has neither groups nor `sh`: no guard there.
 *
 * @param {string} file the program; the status is 127 if there is none
 * @param {string[]} args its arguments
 * @param {object} options as for `spawn`; `stdio` is an array of three, `detached` and `shell` are ours
 * @returns {{ child: import('node:child_process').ChildProcess, ended: Promise<number>, signal: (name: NodeJS.Signals) => void }}
 *   `ended` gives the exit status, 128 + n after signal n; `signal` reaches the whole group and is harmless after its end.
 */
export function spawnGuarded(file, args, options) {
  const child = windows ? spawnOnWindows(file, args, options) : spawnInGroup(file, args, options);
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      child.stdio[3]?.end('goodbye\n');
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
  return { child, ended, signal: (name) => signalGroup(child, name) };
}

function spawnInGroup(file, args, options) {
  const stdio = [...options.stdio, 'pipe'];
  const child = spawn('sh', [guard, file, ...args], { ...options, stdio, detached: true });
  // The pipe neither keeps us alive nor minds that its reader went first.
  child.stdio[3].on('error', () => {});
  child.stdio[3].unref();
  return child;
}

/** npm, npx and the like are scripts there, which only a shell can start. */
function spawnOnWindows(file, args, options) {
  return spawn(file, args, { ...options, shell: !file.endsWith('.exe') });
}

function signalGroup(child, name) {
  if (child.pid === undefined) return;
  try {
    if (windows) child.kill(name);
    else process.kill(-child.pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
