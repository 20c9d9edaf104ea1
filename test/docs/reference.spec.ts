import { describe, expect, it } from 'vitest';
import { DEFAULT_FAULT_SPEC, FAULTS, FAULT_TYPES } from '#libs/faults';
import { PROXY_METRICS, ROUTES, TOXIC_TYPES, TOXIPROXY_VERSION } from '#libs/proxy';
import { METRICS } from '#libs/telemetry';
import { table } from './markdown.ts';

/** The reference pages are made of the code. After a change: `npx vitest run test/docs -u`, and read the diff. */

/** A text of a schema's registry, where any value may stand. */
function shown(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

describe('the reference', () => {
  it('lists every metric with its kind, unit and attributes', async () => {
    const rows = Object.entries(METRICS).map(([name, { kind, unit, description, attributes }]) => {
      const shown = attributes.map((attribute) => `\`${attribute}\``).join(', ');
      return [`\`${name}\``, kind, unit, description, shown || '–'];
    });
    const page = `# Metrics

Over OTLP when an \`OTEL_EXPORTER_OTLP_*ENDPOINT\` is set, and on \`/metrics\`. \`http.client.request.duration\` is
OpenTelemetry's own, stable; the others are Pooler's.

${table(['name', 'kind', 'unit', 'what it counts', 'attributes'], rows)}
`;
    await expect(page).toMatchFileSnapshot('../../docs/metrics.md');
  });

  it('lists every fault with its unit, range and defaults', async () => {
    const rows = FAULT_TYPES.map((type) => {
      const { summary, code, unit, allowed, defaultMagnitude, defaultWhen } = FAULTS[type];
      const cells = [code && `\`${code}\``, unit, allowed, defaultMagnitude, defaultWhen].map(
        (cell) => cell || '–',
      );
      return [`\`${type}\``, summary, ...cells];
    });
    const page = `# Faults

\`--failures SPEC\` and \`parseFaultSpec\` take a comma list of \`type[=magnitude][when][;field=value]...\`. \`on\` is \`${DEFAULT_FAULT_SPEC}\`.

A verdict depends on the seed, the scenario, the fault, the number of the request (from 0) and the attempt, and on
nothing else: the same seed gives the same faults. The first fault that strikes wins; those that begin with \`@\` are asked
first. The digest of a run is the SHA-256 of the verdicts on the first attempts, in the order of the requests.

${table(['type', 'what happens', 'error code', 'unit', 'magnitude', 'default magnitude', 'default chance'], rows)}

The error code is what the attempt ends with; of a delay, if it is longer than the limit of what it delays. \`–\` means that
an answer comes. \`reset\` is before the head of the response. A crash refuses the attempt that sets it off, with
\`PLR_CONNECT_REFUSED\`; \`PLR_RESET\` is what others see that were on the wire. An attempt that "dials anew", and that of
\`checkout-stall\`, gets a connection apart from the pool's, so that it meets its fault whatever the pool has idle. That
counts in \`maxTotalConnections\` and serves nobody else.

## When

Requests are counted from 0. What begins with \`@\` strikes first attempts only; a crash takes nothing else.

${table(
  ['when', 'it strikes'],
  [
    ['`:5%`', 'each attempt with this probability'],
    ['`:5%@100+50`', 'so, but only those of the 50 requests from 100 on; without `+50`, of all from 100 on'],
    [
      '`:0%..10%@0+1000`',
      'with a probability that goes in a straight line from 0 % to 10 % over 1,000 requests',
    ],
    ['`@300`', 'request 300'],
    ['`@300/1000`', 'request 300 and each 1,000th after it'],
    ['`@0+3`', 'the first three requests'],
    ['`@300+20/1000`', 'in bursts: 20 requests in a row from 300 on, and again each 1,000'],
  ],
)}

Fields: \`;method=POST\` and \`;path=/orders\` (its start) say which requests a fault looks at. \`;scope=connection\` draws it
once for each connection, by its number in the pool, and it strikes all that this one carries; \`;scope=origin\` draws once for
all requests to an origin. In a shell, quote a SPEC that has fields.

\`./pooler explain --seed S --request N [--failures SPEC | --campaign FILE]\` says which faults a request meets, attempt by
attempt, and sends nothing.

At run time \`new LiveFaults({ seed })\` is what \`new Client({ faults })\` takes: \`using _ = faults.install(rule, ttlMs)\` puts a
fault in force until the end of the block, or until its time to live is over, whichever comes first.

## In a campaign

A fault of a campaign has the same types and magnitudes; what it strikes is said by fields of its own:

- \`where: client\`: of the requests in its window it strikes each attempt with \`probability\` (default 1), or the first attempt
  of every \`every\`-th request. The window is a time of the run (\`start\`, \`duration\`) or exact by number (\`fromRequest\`,
  \`requests\`). \`rampTo\` lets the probability rise or fall over the window; \`burst\` strikes so many in a row, each
  \`every\`-th time or once: the first so many. \`scope\` and \`match: {method, path}\` are as above, with the target for the origin.
  An open scenario's requests belong to the window of their intended start, a closed one's to that of their
  real start. Faults are asked in the order of the document. Those of baseline and recovery meet none.
- \`where: client\` with \`type: crash\`: strikes by \`fromRequest\` and \`every\`. It is the client's connections that are cut: each
  scenario has a client of its own, in each segment of the run.
- \`where: target\` with \`type: crash\`: the supervisor of the target kills it at \`start\` and starts it again after \`duration\`,
  which is 60 s at most. The fault counts as removed when the supervisor says that the target is up.
- \`where: target\` with another type, or with \`every\`: a fault of the target's own process for the time of the window, as
  [target-faults.md](target-faults.md) has them, with \`magnitude\`, and \`probability\`, \`every\` or \`burst\` (the first so many).
  \`match.path\` is the whole path there. It lives 10 s longer than its window if nobody comes to remove it.
- \`where: proxy\`: a toxic of the proxy before the target, as [proxy.md](proxy.md) has them, by its type and \`attributes\`, with
  \`stream\`, \`probability\` (its toxicity), \`burst\` (the first so many) and, of those of HTTP, \`match\`; or \`down\`, the proxy
  itself. The target's \`baseUrl\` must be where the proxy listens. It too lives 10 s longer than its window at most, for which
  the proxy must be ours: Toxiproxy knows no \`ttl\`, and a fault that nobody ends is not begun.

Client, proxy and target are three places that do not know of each other: for the client, what befalls the other two is organic.

Of each fault the report says, in ms from t = 0:

- \`detectedMs\`: when the first attempt ended that it struck. Of proxy and target that is the first that failed organically and was
  under way in the fault's window; what only slows an answer has no error, and is not seen.
- \`recoveredMs\`: from when on, after the window, no request was affected for 2 s, as for a drill. Of a fault of the client only
  what it struck and what is collateral counts, of the others what is organic: two such faults at a time are told apart by
  nothing. It is exact to a tenth of a second, and needs 2 s of load after the window: give the campaign a \`recovery\` of 3 s.

Either is null where nothing was seen of it.

The digest of a run is that of the digests of its scenarios, so that the plan can announce it.
`;
    await expect(page).toMatchFileSnapshot('../../docs/faults.md');
  });

  it('lists every route, toxic and metric of the fault proxy', async () => {
    const routes = Object.entries(ROUTES).flatMap(([path, routes]) =>
      routes.map(({ methods }) => [methods.join(', '), `\`${path}\``]),
    );
    const toxics = Object.entries(TOXIC_TYPES).flatMap(([type, { summary, seenAs, fields }]) => {
      const own = Object.entries(fields).filter(([name]) => name !== 'first');
      const attributes = own.map(([name, field]) => {
        const { unit, description } = field.meta() ?? {};
        const standard = JSON.stringify(field.parse(undefined));
        return ['', '', '', `\`${name}\``, shown(unit), standard, description ?? ''];
      });
      return [[`\`${type}\``, summary, seenAs, '', '', '', ''], ...attributes];
    });
    const metrics = Object.entries(PROXY_METRICS).map(([name, { kind, help }]) => [
      `\`${name}\``,
      kind,
      help,
    ]);
    const page = `# The fault proxy

\`./pooler proxy [--host 127.0.0.1 --port 8474 --config FILE.json --seed N]\` stands between clients and an upstream and
spoils the connection as it is told, over the control API of Toxiproxy ${TOXIPROXY_VERSION}: same paths, JSON, refusals and status
codes, so that Toxiproxy's clients work unchanged. FILE is a list of proxies as \`POST /populate\` takes it.

\`\`\`sh
./pooler proxy &
curl -d '{"name":"web","listen":"127.0.0.1:9090","upstream":"127.0.0.1:8080"}' http://127.0.0.1:8474/proxies
curl -d '{"type":"latency","attributes":{"latency":100}}' http://127.0.0.1:8474/proxies/web/toxics
curl -d '{"type":"http_status","toxicity":0.1,"attributes":{"status":503,"path":"/api"}}' http://127.0.0.1:8474/proxies/web/toxics
curl -X POST http://127.0.0.1:8474/reset
\`\`\`

## Control API

${table(['method', 'path'], routes)}

Errors are \`{"error": "sentence", "status": code}\`: 400 for a bad document, 404 for an unknown name, 409 for a name that is
taken, 413 for a body above 1 MiB, 500 where a proxy cannot listen. \`down\` is \`PATCH {"enabled": false}\`.

There is no password. Requests with a \`Host\` that is a name and not localhost or \`--host\`, with a foreign \`Origin\`, or
from a browser get 403. Do not let it listen where strangers are.

## Toxics

A toxic has \`name\` (default \`TYPE_STREAM\`), \`type\`, \`stream\` (\`downstream\`, the default, is from the upstream to the
client), \`toxicity\` (default 1) and \`attributes\`. Several on one stream work one behind the other. A change and a removal
hold at once, also for connections that are open; what was held goes on.

${table(['type', 'what happens', 'seen as', 'attribute', 'unit', 'default', 'meaning'], toxics)}

**When.** \`toxicity\` is the probability to strike a connection, or, for \`http_\` toxics, a request. Every toxic takes
the attribute \`first\`, a count: it strikes none but the first so many connections or requests that it meets, then all pass.

**Until when.** A toxic with a \`ttl\`, from 1 to 3600000 ms, removes itself after that time, whatever becomes of whoever made it;
a change that names a \`ttl\` begins it anew. \`{"enabled": false, "ttl": 5000}\` takes a proxy down for so long. Where one is given
it is shown, and Toxiproxy's clients read past it. Faults of campaigns always have one.

**Seed.** A decision depends on the seed, the proxy's name, the toxic's name and the number of the connection, or request,
within the proxy (from 0, in the order of their arrival), and on nothing else: it strikes when the first 48 bits of
SHA-256 of the JSON array \`[seed, proxy, toxic, number, 0]\`, as a fraction, are below the toxicity. Without \`--seed\` a
random one is taken and printed.

**HTTP.** \`http_\` toxics know HTTP/1.0 and 1.1, kept connections, pipelining, chunked bodies and upgrades. What is no HTTP
passes untouched. A connection that is open when the first of them comes takes part from its next request on. An answer of
the proxy's own has \`X-Pooler-Fault: TOXIC\`. Of several that strike, delays add up and the first other one wins.

## Where it differs from Toxiproxy

- A client's FIN is passed on as a FIN, and the other direction lives on; a reset is passed on as a reset. Toxiproxy closes
  both directions in both cases.
- \`reset_peer\` resets also connections that were open when it came; Toxiproxy closes those.
- The seed works, and toxicity is drawn once for each connection, not again whenever a toxic beside it changes.
- Each client's dial stands alone and is bounded by 30 s: an upstream that does not answer does not keep others waiting.
- What a slicer or a rate cannot mean (an average size of 0, a negative delay) counts as the nearest that it can.
- The text behind \`bad request body: \` names the field where Toxiproxy's names the types of Go, and \`Logger\`, which
  Toxiproxy shows by mistake, is left out.
- Limits: 1,000 proxies, 100 toxics and 10,000 connections a proxy. A link holds 64 KiB, with a toxic that delays 4 MiB,
  then it pauses its source.

## Metrics

\`GET /metrics\`, in Prometheus' text format; the first two are Toxiproxy's.

${table(['name', 'kind', 'what it counts'], metrics)}
`;
    await expect(page).toMatchFileSnapshot('../../docs/proxy.md');
  });
});
