import type { Command } from 'commander';
import { badArgument } from './bad-argument.ts';
import { defineCommand } from './flags/command.ts';
import { optional, withDefault, type ValuesOf } from './flags/flag.ts';
import { text, wholeNumber } from './flags/kinds.ts';
import type { Io } from './io.ts';

const FLAGS = {
  host: withDefault(text('name'), 'name or address of the control API', '127.0.0.1'),
  port: withDefault(wholeNumber(0, 65_535), 'port of the control API; 0 takes a free one', '8474'),
  config: optional(text('file'), 'JSON list of proxies to begin with'),
  seed: optional(
    wholeNumber(0, Number.MAX_SAFE_INTEGER),
    'the same seed makes the same decisions',
    'default a random one, printed',
  ),
};

/** `pooler proxy`: TCP proxies with faults, controlled as Toxiproxy is. */
export function proxyCommand(io: Io, onEnd: (exitCode: number) => void): Command {
  const command = defineCommand('proxy', { Proxy: FLAGS }, io);
  return command.description('Runs TCP proxies with faults, as Toxiproxy does.').action(async () => {
    const [argument] = command.args;
    if (argument !== undefined) throw badArgument(`proxy takes flags only, got ${JSON.stringify(argument)}`);
    const { runProxy } = await import('#libs/proxy');
    onEnd(await runProxy(command.opts<ValuesOf<typeof FLAGS>>(), io));
  });
}
