// One process at a time installs and builds in a folder.
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;
const HEARTBEAT_MS = 1_000;
/** A living owner touches its lock every second. Process ids come back (soon, in containers), heartbeats do not. */
const SILENT_OWNER_MS = 30_000;

/**
 * Waits for the lock of a folder and returns the function that gives it back.
 * A lock whose owner is dead, or silent for 30 s, is taken over. The wait is as long as a living owner works.
 *
 * @param {string} folder where the lock file lies; made if it is missing
 * @param {(ownerPid: number) => void} onWait called once if the lock is held by another process
 * @returns {Promise<() => void>}
 */
export async function lockFolder(folder, onWait) {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, 'lock');
  const mine = `${lock}.${process.pid}`;
  // Linking a finished file is atomic: there is no moment at which the lock exists without its owner in it.
  rmSync(mine, { force: true });
  writeFileSync(mine, `${process.pid} ${Date.now()}`);
  try {
    for (let told = false; !link(mine, lock); await sleep(POLL_MS)) {
      const owner = readOwner(lock);
      if (owner === undefined) continue;
      if (isGone(owner)) breakLock(mine, lock, owner);
      else if (!told) {
        told = true;
        onWait(owner.pid);
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
  const heartbeat = setInterval(() => touch(lock), HEARTBEAT_MS);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    rmSync(lock, { force: true });
  };
}

/** Removes the lock of a gone owner. Only the holder of that owner's claim may, so nobody removes the lock of a successor. */
function breakLock(mine, lock, owner) {
  const claim = `${lock}.${owner.token.replace(' ', '-')}`;
  if (!link(mine, claim)) return;
  if (readOwner(lock)?.token === owner.token) rmSync(lock, { force: true });
  rmSync(claim, { force: true });
}

function readOwner(lock) {
  try {
    const token = readFileSync(lock, 'utf8');
    return { token, pid: Number.parseInt(token, 10), heardAtMs: statSync(lock).mtimeMs };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isGone({ pid, heardAtMs }) {
  // While we wait, a lock with our own id was left by a namesake.
  if (pid === process.pid || Date.now() - heardAtMs > SILENT_OWNER_MS) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function link(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function touch(lock) {
  const now = new Date();
  try {
    utimesSync(lock, now, now);
  } catch {
    // The folder was deleted under us; what we build is checked by its stamp anyway.
  }
}
