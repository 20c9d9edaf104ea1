import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readEvents } from './event-stream.mjs';

/**
 * Runs a campaign over REST, as anybody could.
 *
 * @param {string} apiUrl
 * @param {string} file the campaign, YAML
 * @param {(line: string) => void} say hears how it goes on
 * @returns {Promise<string[]>} the last line about it, after one for each check that did not pass
 */
export async function runSample(apiUrl, file, say) {
  const campaign = await post(`${apiUrl}/api/v1/campaigns`, parse(readFileSync(file, 'utf8')));
  const { id } = await post(`${apiUrl}/api/v1/campaigns/${campaign.id}/runs`, {});
  const runUrl = `${apiUrl}/api/v1/runs/${id}`;
  const stream = await fetch(`${runUrl}/events`);
  for await (const { type, data } of readEvents(stream.body)) {
    const line = LINES[type]?.(data);
    if (line !== undefined) say(line);
  }
  const run = await answerOf(await fetch(runUrl));
  const unmet = run.checks.filter(({ state }) => state !== 'pass');
  return [...unmet.map(unmetLine), lastLine(run)];
}

/** What is said of an event; of others nothing. */
const LINES = {
  state: ({ state }) => state,
  snapshot: ({ runMs, ...counts }) =>
    `${String(Math.round(runMs / 1_000)).padStart(3)} s  ${countsOf(counts)}`,
  fault: ({ id, change }) => `fault ${id} ${change}`,
  guardrail: ({ guardrail }) => `guardrail ${guardrail} ends it`,
  log: ({ message }) => message,
};

function unmetLine({ check, state, actual, reason }) {
  return `${state}: ${check}, got ${actual ?? 'nothing'}${reason === undefined ? '' : ` (${reason})`}`;
}

function lastLine({ verdict, summary }) {
  return `verdict=${verdict} ${countsOf(summary ?? { requests: 0, ok: 0, retries: 0, circuitOpens: 0 })}`;
}

function countsOf({ requests, ok, retries, circuitOpens }) {
  return `requests=${requests} ok=${ok} retries=${retries} open_circuit=${circuitOpens}`;
}

async function post(url, body) {
  const headers = { 'content-type': 'application/json' };
  return answerOf(await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }));
}

/** Throws what the problem says. */
async function answerOf(response) {
  const answer = await response.json();
  if (response.ok) return answer;
  throw new Error(answer.detail ?? `${response.url} was answered with ${response.status}`);
}
