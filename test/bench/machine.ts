import { cpus, release, type as osType } from 'node:os';

/** Where and when a figure was measured, in one line. */
export function machineLine(): string {
  const date = new Date().toISOString().slice(0, 10);
  const [cpu] = cpus();
  return `${date}, Node ${process.version}, ${osType()} ${release()}, ${cpus().length} x ${cpu?.model}`;
}
