import type { RollingCount } from '../rolling-count.ts';

/** One address of a name. What a standing needs to know lies in it. */
export type AddressStanding =
  /** Dialled like the others. */
  | {
      readonly kind: 'in';
      failuresInRow: number;
      readonly calls: RollingCount;
      readonly failures: RollingCount;
    }
  /** Not dialled before `untilMs`. */
  | { readonly kind: 'out'; readonly untilMs: number; readonly failedTrials: number }
  /** One dial has been let to it; where nothing comes of that, the next is at `untilMs`. */
  | { readonly kind: 'on-trial'; readonly untilMs: number; readonly failedTrials: number; successes: number };

/** Why an address changed its standing. */
export type AddressCause =
  /** `addressFailures` calls or connects failed in a row. */
  | 'failures'
  /** Too large a share of its calls failed. */
  | 'rate'
  /** Its time out was over, and a dial was made. */
  | 'interval-over'
  /** A call or connect failed on trial. */
  | 'trial-failed'
  /** `halfOpenPermits` calls succeeded on trial. */
  | 'trials-succeeded';

/** One change of an address's standing. */
export interface AddressMove {
  readonly address: string;
  readonly from: AddressStanding['kind'];
  readonly to: AddressStanding['kind'];
  readonly cause: AddressCause;
  readonly atMs: number;
}
