import { pooler } from '../../apps/cli/src/pooler.ts';

/** What a command that ran inside the test left behind. */
export interface Captured {
  readonly exitCode: number;
  readonly out: string[];
  readonly err: string[];
  /** All that went to the terminal, in its order: lines with their newline, and what was drawn. */
  readonly screen: string[];
}

/** Runs the command inside the test, on a terminal. */
export async function runInside(args: readonly string[], onDraw: () => void = () => {}): Promise<Captured> {
  const [out, err, screen]: [string[], string[], string[]] = [[], [], []];
  const write = (lines: string[], line: string): void => {
    lines.push(line);
    screen.push(`${line}\n`);
  };
  const exitCode = await pooler(args, {
    out: (line) => write(out, line),
    err: (line) => write(err, line),
    draw: (text) => {
      screen.push(text);
      onDraw();
    },
    onSignal: () => () => {},
  });
  return { exitCode, out, err, screen };
}
