const LOOK_EVERY_MS = 500;

/**
 * Calls back when the shell that runs one of our npm scripts is gone: npm passes a signal on to that shell only, and it dies
 * of it without a word to us. Where no such script runs, our parent may come and go as it likes.
 *
 * @param {() => void} callback called once at most
 * @returns {() => void} ends the watch
 */
export function onNpmShellGone(callback) {
  if (process.env.npm_package_name !== 'pooler') return () => {};
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    callback();
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
