import { campaignDocument, campaignSpecOf } from '#libs/contracts';
import type { RunOrder } from './run-world.ts';
import type { RunRecord } from './run-record.ts';

/** A run as its executor wants it. */
export function runOrder({ id, document, target, plan }: RunRecord): RunOrder {
  return { runId: id, spec: campaignSpecOf(campaignDocument.parse(document)), target, plan };
}
