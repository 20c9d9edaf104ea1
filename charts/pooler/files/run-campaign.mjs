// What `helm test` runs in the cluster: registers the chart's target, runs one short campaign against it over REST
// and fails unless its verdict is pass.
const { API_URL, TARGET_URL, TOKEN } = process.env;
const DEADLINE_MS = 120_000;
const POLL_MS = 500;

const target = {
  name: 'helm-test',
  baseUrl: TARGET_URL,
  maxRate: '100/s',
  maxConcurrency: 50,
  faults: true,
  allowPrivate: true,
};
const campaign = {
  name: 'helm-test',
  target: target.name,
  seed: 1,
  scenarios: [
    {
      name: 'health',
      model: 'open',
      stages: [{ duration: '5s', target: '50/s' }],
      request: { method: 'GET', path: '/health' },
    },
  ],
  faults: [{ id: 'resets', type: 'reset', where: 'client', probability: 0.05 }],
  checks: ['surfaced.rate <= 1%'],
};

const existing = await ask('POST', '/targets', target, [201, 409]);
if (existing.status === 409) say('the target is registered already');
const { id } = (await ask('POST', '/campaigns', campaign, [201])).body;
const run = (await ask('POST', `/campaigns/${id}/runs`, {}, [202])).body;
const end = await ended(run.id);
say(JSON.stringify(end, null, 2));
if (end.verdict !== 'pass') throw new Error(`the run's verdict is ${end.verdict}`);

function say(line) {
  process.stdout.write(`${line}\n`);
}

async function ended(runId) {
  const deadlineMs = Date.now() + DEADLINE_MS;
  while (Date.now() < deadlineMs) {
    const { body } = await ask('GET', `/runs/${runId}`, undefined, [200]);
    if (['completed', 'aborted', 'errored'].includes(body.state)) return body;
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
  throw new Error(`the run had not ended after ${DEADLINE_MS} ms`);
}

async function ask(method, path, json, expected) {
  const response = await fetch(API_URL + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(json && { body: JSON.stringify(json) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!expected.includes(response.status)) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return { status: response.status, body: JSON.parse(text) };
}
