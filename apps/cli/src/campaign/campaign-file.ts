import type { CampaignSpec } from '#libs/campaign';
import type { Io } from '../io.ts';

/** The campaign of a file; `undefined` when every problem of it has been told. */
export async function specOf(path: string, io: Io): Promise<CampaignSpec | undefined> {
  // The schemas are loaded for a campaign only: `--help` must be there at once.
  const { readCampaign } = await import('./read-campaign.ts');
  const campaign = readCampaign(path);
  if (campaign.kind === 'read') return campaign.spec;
  for (const problem of campaign.problems) io.err(problem);
  return undefined;
}
