import type { Command } from 'commander';
import { parseFaultSpec } from '#libs/faults';
import { invalidArgument } from '#libs/kernel';
import { badArgument } from './bad-argument.ts';
import { specOf } from './campaign/campaign-file.ts';
import { EXIT } from './exit-code.ts';
import { defineCommand } from './flags/command.ts';
import { optional, withDefault, type ValuesOf } from './flags/flag.ts';
import { originPath, text, wholeNumber } from './flags/kinds.ts';
import type { Io } from './io.ts';
import { faultSpec } from './run/failure-flags.ts';

const SEED = wholeNumber(0, Number.MAX_SAFE_INTEGER);
const REQUEST = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const FLAGS = {
  seed: optional(SEED, 'of the run', "with --campaign default the campaign's"),
  request: optional(REQUEST, 'number of the request, from 0; in a campaign, of each scenario'),
  attempts: withDefault(wholeNumber(1, 100), 'attempts to tell of', '3'),
  failures: optional(faultSpec, 'the failures of the run, as it took them', 'default on'),
  method: withDefault(text('token'), 'with --failures: method of the request', 'GET'),
  path: withDefault(originPath, 'with --failures: path of the request', '/health'),
  campaign: optional(text('file'), 'a campaign, in YAML or JSON, instead of --failures'),
};

/** `pooler explain`: which failures a request meets, without sending it. */
export function explainCommand(io: Io, onEnd: (exitCode: number) => void): Command {
  const command = defineCommand('explain', { Explain: FLAGS }, io);
  return command
    .description('Says which failures a request of a run meets, and sends nothing.')
    .action(async () => {
      const [argument] = command.args;
      if (argument !== undefined)
        throw badArgument(`explain takes flags only, got ${JSON.stringify(argument)}`);
      const values = command.opts<ValuesOf<typeof FLAGS>>();
      const { request, campaign, failures, ...rest } = values;
      if (request === undefined) throw invalidArgument('--request', request, REQUEST.allowed);
      if (campaign === undefined) {
        const seed = seedOf(rest.seed);
        const { explainFailures } = await import('./explain/explain-failures.ts');
        const rules = failures ?? parseFaultSpec('on');
        for (const line of explainFailures({ ...rest, rules, seed, requestSeq: request })) io.out(line);
        return onEnd(EXIT.ran);
      }
      if (failures !== undefined)
        throw badArgument('--failures must be left out beside --campaign, which has its own');
      const spec = await specOf(campaign, io);
      if (spec === undefined) return onEnd(EXIT.badArguments);
      const seed = seedOf(rest.seed ?? spec.seed);
      const { explainCampaign } = await import('./explain/explain-campaign.ts');
      for (const line of explainCampaign(spec, seed, request, rest.attempts)) io.out(line);
      return onEnd(EXIT.ran);
    });
}

function seedOf(seed: number | undefined): number {
  if (seed === undefined) throw invalidArgument('--seed', seed, SEED.allowed);
  return seed;
}
