// node tools/with-node.mjs [COMMAND [ARG...]]
//
// Runs COMMAND with a Node that Pooler can run on, with the packages of the lockfile installed and `dist` built from
// the sources as they are now; without a COMMAND it only sees to those three. Needs nothing but Node >= 18 and npm.
// Standard streams and the folder are the caller's; its own messages go to stderr; its exit status is COMMAND's.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { delimiter, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockFolder } from './folder-lock.mjs';
import { spawnGuarded } from './guarded-child.mjs';
import { onNpmShellGone } from './npm-shell.mjs';

const MINIMUM_NODE = 24;
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGWINCH'];

const windows = process.platform === 'win32';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const runtime = join(root, 'tools', 'runtime');
const dist = join(root, 'dist');

/** The end of with-node with a status of its own; a message of '' was said already. */
class Stop extends Error {
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}

async function main([command, ...args]) {
  if (!isReady()) await prepare();
  return command === undefined ? 0 : runCommand(command, args);
}

/** All that a warm start costs: two stamps and a lockfile read, and the sources hashed. */
function isReady() {
  return findNode() !== undefined && isInstalled(root) && isBuilt(sourceHash());
}

async function prepare() {
  const unlock = await lockFolder(join(root, '.pooler'), (pid) =>
    say(`waiting for process ${pid}, which installs or builds here`),
  );
  try {
    if (findNode() === undefined) await fetchNode();
    if (!isInstalled(root)) await installPackages();
    const hash = sourceHash();
    if (!isBuilt(hash)) await build(hash);
  } finally {
    unlock();
  }
}

// ---- the runtime

/** The Node that is running, else the pinned one, else undefined. */
function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= MINIMUM_NODE) return process.execPath;
  if (!isInstalled(runtime)) return undefined;
  return Object.keys(pinnedNodes())
    .map((name) => join(runtime, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node'))
    .find((file) => existsSync(file));
}

/** Package name -> version; one package per platform, of which npm installs the one that fits. */
function pinnedNodes() {
  return JSON.parse(readFileSync(join(runtime, 'package.json'), 'utf8')).optionalDependencies;
}

async function fetchNode() {
  const [version] = Object.values(pinnedNodes());
  say(`fetching Node ${version} (this is ${process.version})`);
  await npmCi(runtime, process.env, `could not fetch Node ${version}`);
  if (findNode() === undefined) {
    throw new Stop(`no package of Node ${version} fits ${platform()}; install Node ${MINIMUM_NODE} or newer`);
  }
}

// ---- the packages

const installStamp = (folder) => join(folder, 'node_modules', '.pooler-install');
const installHash = (folder) => hashOf([join(folder, 'package-lock.json')], platform());
const isInstalled = (folder) => readStamp(installStamp(folder)) === installHash(folder);

async function installPackages() {
  say('installing packages');
  await npmCi(root, commandEnv(), 'could not install the packages');
}

/** `npm ci` deletes node_modules first and the stamp with it, so an interrupted install never counts. */
async function npmCi(folder, env, failure) {
  const hash = installHash(folder);
  // Whatever NODE_ENV and npm's own settings leave out, the build needs. Errors are shown, the summary is not.
  const args = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--prefer-offline',
    '--no-progress',
    '--loglevel=error',
  ];
  const status = await run('npm', args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw stepFailed(`${failure}: npm ci failed in ${folder}`, status);
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  writeFileSync(installStamp(folder), hash);
}

// ---- the build

const buildStamp = join(dist, '.stamp');
const isBuilt = (hash) => readStamp(buildStamp) === hash;

/** A hash of the content of all that goes into `dist`: unlike their dates it survives a checkout. */
function sourceHash() {
  const files = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) =>
    join(root, name),
  );
  for (const group of ['apps', 'libs']) {
    for (const room of entriesOf(join(root, group))) addFiles(join(root, group, room.name, 'src'), files);
  }
  return hashOf(files, '');
}

function addFiles(folder, files) {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) addFiles(path, files);
    else if (!/\.spec(-helper)?\.ts$/.test(entry.name)) files.push(path);
  }
}

/** The old output goes first and the stamp comes last, so a failed or interrupted build never counts. */
async function build(hash) {
  say('building');
  rmSync(dist, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const status = await run(findNode(), [tsc, '-p', join(root, 'tsconfig.build.json')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw stepFailed('the build failed', status);
  mkdirSync(dist, { recursive: true });
  writeFileSync(buildStamp, hash);
}

// ---- the command

function runCommand(command, args) {
  const file = command === 'node' ? findNode() : command;
  if (file === process.execPath && process.execve && !windows) {
    // This Node is good enough: become the command instead of standing over it.
    process.execve(file, [file, ...args], commandEnv());
  }
  return run(file, args, { env: commandEnv(), stdio: ['inherit', 'inherit', 'inherit'] });
}

/** The environment with the right Node first on PATH, so that npm scripts, npx and shebangs use it too. */
function commandEnv() {
  const env = { ...process.env };
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  env[key] = [dirname(findNode()), env[key]].filter(Boolean).join(delimiter);
  return env;
}

async function run(file, args, options) {
  const { ended, signal } = spawnGuarded(file, args, options);
  for (const name of FORWARDED_SIGNALS) process.on(name, signal);
  const stopWatching = onNpmShellGone(() => signal('SIGTERM'));
  try {
    return await ended;
  } finally {
    stopWatching();
    for (const name of FORWARDED_SIGNALS) process.off(name, signal);
  }
}

// ---- small change

/** Names and contents of files, and a word, in one hash. */
function hashOf(files, word) {
  const hash = createHash('sha256').update(word);
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`\n${relative(root, file).replaceAll(sep, '/')} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

function readStamp(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function entriesOf(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  }
}

function platform() {
  return `${process.platform}-${process.arch}`;
}

/** A step that was ended by a signal needs no sentence. */
function stepFailed(message, status) {
  return status > 128 ? new Stop('', status) : new Stop(message);
}

/** Synchronous, so that nothing is lost when we exit or become the command. */
function say(message) {
  try {
    writeSync(2, `pooler: ${message}\n`);
  } catch {
    // Nobody can read it.
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  if (error.message !== '') say(error.message);
  process.exitCode = error.status;
}
