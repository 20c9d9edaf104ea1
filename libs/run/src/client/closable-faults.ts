import type { OuterFaults } from '#libs/run';

/** Outer faults that hold connections, which `close` gives back. */
export interface ClosableFaults extends OuterFaults {
  close(): Promise<void>;
}
