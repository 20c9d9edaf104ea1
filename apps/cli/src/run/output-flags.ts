import { toggle, withDefault } from '../flags/flag.ts';
import { duration } from '../flags/kinds.ts';

/** What is printed besides the last line. */
export const OUTPUT_FLAGS = {
  statsInterval: withDefault(duration('10ms', '1h'), 'a [stats] line each time this has passed', '1s'),
  verbose: toggle('add errors by name, validation tier, seed and digest before the last line'),
  quiet: toggle('no [stats] lines and no progress bar'),
};
