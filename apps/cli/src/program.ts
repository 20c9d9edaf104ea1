import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import type { Command } from 'commander';
import { invariant } from '#libs/kernel';
import { campaignCommand } from './campaign.ts';
import { explainCommand } from './explain.ts';
import type { Io } from './io.ts';
import { proxyCommand } from './proxy.ts';
import { runCommand } from './run.ts';
import { targetCommand } from './target.ts';

/** The commands besides `run`, which is what `pooler` does when its first word is none of them. */
const COMMANDS = [targetCommand, proxyCommand, campaignCommand, explainCommand];

/** Every command and flag. What is parsed with it calls `onEnd` with the exit code. */
export function program(io: Io, onEnd: (exitCode: number) => void): Command {
  const root = runCommand(io, onEnd)
    .enablePositionalOptions()
    .version(versionOf(), '--version', 'print the version and end');
  for (const command of COMMANDS) root.addCommand(command(io, onEnd));
  return root;
}

function versionOf(): string {
  const path = findPackageJSON(import.meta.url);
  invariant(path !== undefined, 'the command lies in its package');
  const manifest: { readonly version: string } = JSON.parse(readFileSync(path, 'utf8'));
  return manifest.version;
}
