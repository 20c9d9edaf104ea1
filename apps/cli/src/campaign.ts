import type { Command } from 'commander';
import { invalidArgument } from '#libs/kernel';
import { badArgument } from './bad-argument.ts';
import { specOf } from './campaign/campaign-file.ts';
import { reportFile } from './campaign/report-file.ts';
import { EXIT } from './exit-code.ts';
import { defineCommand } from './flags/command.ts';
import { optional, toggle, type ValuesOf } from './flags/flag.ts';
import { text, wholeNumber, type Kind } from './flags/kinds.ts';
import type { Io } from './io.ts';

/** Of the target or its supervisor; the paths are ours. */
const origin: Kind<URL> = {
  placeholder: 'url',
  range: '',
  allowed: 'an http: or https: URL without a path, such as http://127.0.0.1:8080',
  parse(given) {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    return (url?.protocol === 'http:' || url?.protocol === 'https:') && url.href === `${url.origin}/`
      ? url
      : undefined;
  },
};

const RUN_FLAGS = {
  local: toggle('run it here, in this process; there is no other way yet'),
  url: optional(origin, 'with --local: the target, whatever the campaign calls it'),
  controlUrl: optional(
    origin,
    "where a campaign breaks its target: the control port of the target's supervisor",
  ),
  proxyUrl: optional(
    origin,
    'where a campaign breaks the way: the control API of the proxy that --url leads to',
  ),
  proxyName: optional(text('name'), 'name of that proxy', "default the campaign's target"),
  seed: optional(
    wholeNumber(0, Number.MAX_SAFE_INTEGER),
    'the same seed injects the same failures',
    "default the campaign's, else a random one",
  ),
  dryRun: toggle('make the whole plan and send nothing'),
  report: optional(reportFile, 'write a report'),
  quiet: toggle('no [stats] lines'),
};

type RunValues = ValuesOf<typeof RUN_FLAGS>;

const RUN_EPILOGUE = `
Exit codes: 0 passed, 1 nothing succeeded, 97 an error of Pooler's own, 98 inconclusive (also a dry run),
99 a check failed, 104 bad arguments or a bad file, 105 stopped by a signal, 106 stopped by a guardrail.`;

/** `pooler campaign run FILE` and `pooler campaign check FILE`. */
export function campaignCommand(io: Io, onEnd: (exitCode: number) => void): Command {
  return defineCommand('campaign', {}, io)
    .description('Runs load with failures as a file says, and judges it.')
    .usage('run|check FILE [options]')
    .addCommand(runCommand(io, onEnd))
    .addCommand(checkCommand(io, onEnd))
    .action((_options, command: Command) => {
      const [word] = command.args;
      const got = word === undefined ? 'nothing' : JSON.stringify(word);
      throw badArgument(`campaign must be followed by run or check, got ${got}`);
    });
}

function runCommand(io: Io, onEnd: (exitCode: number) => void): Command {
  const command = defineCommand('run', { Run: RUN_FLAGS }, io);
  return command
    .description('Runs a campaign.')
    .argument('[FILE]', 'the campaign, in YAML or JSON')
    .addHelpText('after', RUN_EPILOGUE)
    .action(async () => {
      const { local, url, ...values } = command.opts<RunValues>();
      const path = fileOf(command.args);
      if (!local) throw badArgument('--local must be given: a campaign runs in this process only');
      if (url === undefined) throw invalidArgument('--url', url, origin.allowed);
      const spec = await specOf(path, io);
      if (spec === undefined) return onEnd(EXIT.badArguments);
      const { executeCampaign } = await import('./campaign/execute-campaign.ts');
      const { controlUrl, proxyUrl, proxyName = spec.target, seed, report } = values;
      const { dryRun: isDryRun, quiet: isQuiet } = values;
      const proxy = proxyUrl && { controlUrl: proxyUrl, name: proxyName };
      const order = { spec, baseUrl: url, controlUrl, proxy, seed, isDryRun, report, isQuiet };
      return onEnd(await executeCampaign(order, io));
    });
}

function checkCommand(io: Io, onEnd: (exitCode: number) => void): Command {
  const command = defineCommand('check', {}, io);
  return command
    .description('Says what is wrong with a campaign, and sends nothing.')
    .argument('[FILE]', 'the campaign, in YAML or JSON')
    .action(async () => {
      const spec = await specOf(fileOf(command.args), io);
      if (spec === undefined) return onEnd(EXIT.badArguments);
      io.out(`${spec.name}: nothing is wrong with it`);
      return onEnd(EXIT.ran);
    });
}

function fileOf([path, second]: readonly string[]): string {
  if (path === undefined || second !== undefined) {
    throw badArgument(`FILE must be given once, got ${path === undefined ? 'nothing' : 'several'}`);
  }
  return path;
}
