import { PoolerError } from '#libs/kernel';

/** The fields that only the libraries can check, by the flag that sets them. All others are checked by their flag. */
const FLAG_OF: Readonly<Record<string, string>> = {
  config: '--config',
  failures: '--failures',
  headers: '--header',
  maxConnections: '--max-active (default: the concurrency)',
  method: '--method',
  minIdle: '--min-idle',
  'tls.ca': '--ca',
};

/** A refusal of the command line in a sentence of its own. */
export function badArgument(sentence: string): PoolerError {
  return new PoolerError('PLR_INVALID_ARGUMENT', sentence, { phase: 'argument' });
}

/** Whether it is the user's mistake, found by a flag or by a library. */
export function isBadArgument(error: unknown): error is PoolerError {
  return error instanceof PoolerError && error.code === 'PLR_INVALID_ARGUMENT';
}

/** The refusal in one line that names the flag: a library calls its field by another name, at the start. */
export function sentenceOf(error: PoolerError): string {
  const oneLine = error.message.replaceAll(/\s*\n\s*/g, ' ');
  return oneLine.replace(/^([\w.]+)(?:\[(".*?")\])?/, (whole, field: string, key: string | undefined) => {
    const flag = Object.hasOwn(FLAG_OF, field) ? FLAG_OF[field] : undefined;
    if (flag === undefined) return whole;
    return key === undefined ? flag : `${flag} ${key}`;
  });
}
