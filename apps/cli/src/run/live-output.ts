import type { Client } from '#libs/client';
import type { Clock } from '#libs/kernel';
import type { ClosedLoad } from '#libs/load/runner';
import type { Io } from '../io.ts';
import { ProgressBar } from './progress-bar.ts';
import { statsLine } from './stats-lines.ts';
import { Ticker } from './ticker.ts';

const REDRAW_MS = 100;

/** What a run shows while it runs: [stats] lines on stdout and, on a terminal, a progress bar on stderr. */
export class LiveOutput {
  readonly #tickers: Ticker[];
  readonly #bar: ProgressBar | undefined;

  constructor(client: Client, load: ClosedLoad, statsIntervalMs: number, io: Io, clock: Clock) {
    const bar = io.draw && new ProgressBar(io.draw);
    const stats = new Ticker(clock, statsIntervalMs, () => {
      bar?.clear();
      io.out(statsLine(client.stats()));
    });
    this.#bar = bar;
    this.#tickers = [stats];
    if (bar) this.#tickers.push(new Ticker(clock, REDRAW_MS, () => bar.show(load.progress, load.finished)));
  }

  stop(): void {
    for (const ticker of this.#tickers) ticker.stop();
    this.#bar?.clear();
  }
}
