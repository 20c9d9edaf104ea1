import { parseArgs } from 'node:util';
import { BAD_ARGUMENTS, Stop } from './stop.mjs';

const DEFAULT_PORT = 3_000;

export const USAGE = `npm start [-- FLAGS]

Starts the service on loopback, without sign-in: api, worker, a supervised target, a fault proxy before it and Redis; then
runs a sample campaign.
Redis is the one of REDIS_URL, else redis-server where it is installed, else one in JavaScript that comes with Pooler.

  --port PORT    of the api; 0 takes a free one (${DEFAULT_PORT})
  --no-sample    leave out the sample campaign
  --data DIR     let redis-server keep its data in this folder (nothing is kept)
`;

/**
 * @typedef {object} Flags
 * @property {number} port of the api
 * @property {boolean} hasSample whether the sample campaign runs
 * @property {string | undefined} dataFolder where redis-server keeps its data
 * @property {boolean} wantsHelp
 */

/** What each flag does to the defaults, given its value. */
const FLAGS = {
  port: (flags, value) => {
    if (!/^\d{1,5}$/.test(value ?? '') || Number(value) > 65_535) {
      throw refusal(`--port must be a whole number from 0 to 65535, got ${shown(value)}`);
    }
    flags.port = Number(value);
  },
  'no-sample': (flags, value) => {
    if (value !== undefined) throw refusal(`--no-sample takes no value, got ${shown(value)}`);
    flags.hasSample = false;
  },
  data: (flags, value) => {
    if (!value) throw refusal(`--data must be a folder, got ${shown(value)}`);
    flags.dataFolder = value;
  },
  help: (flags) => {
    flags.wantsHelp = true;
  },
};

/**
 * Reads the command line. Throws a `Stop` with one sentence about the first mistake.
 *
 * @param {string[]} args
 * @returns {Flags}
 */
export function readFlags(args) {
  const flags = { port: DEFAULT_PORT, hasSample: true, dataFolder: undefined, wantsHelp: false };
  const options = {
    port: { type: 'string' },
    'no-sample': { type: 'boolean' },
    data: { type: 'string' },
    help: { type: 'boolean' },
  };
  // Not strict: the sentences are ours.
  for (const token of parseArgs({ args, options, strict: false, tokens: true }).tokens) {
    if (token.kind === 'positional') throw refusal(`npm start takes flags only, got ${shown(token.value)}`);
    if (token.kind !== 'option') continue;
    const read = Object.hasOwn(FLAGS, token.name) ? FLAGS[token.name] : undefined;
    if (!read) {
      const known = Object.keys(FLAGS).map((name) => `--${name}`);
      throw refusal(`a flag of npm start must be one of ${known.join(', ')}, got ${shown(token.rawName)}`);
    }
    read(flags, token.value);
  }
  return flags;
}

function shown(value) {
  return value === undefined ? 'none' : JSON.stringify(value);
}

function refusal(sentence) {
  return new Stop(sentence, BAD_ARGUMENTS);
}
