import type { OriginStats } from '#libs/client';
import type { PoolStats } from '#libs/pool';
import type { VirtualLink } from '#libs/testing';
import { isApart, isProbing, viewOf, type ConnectionView } from './connection-view.ts';
import type { FuzzOrigin } from './fuzz-origin.ts';
import type { FuzzWorld } from './fuzz-world.ts';

/** A pause of dialling at a limit of this machine is no longer. */
const LONGEST_DIAL_PAUSE_MS = 1_000;

/** One origin at one moment. */
interface Sight {
  readonly origin: FuzzOrigin;
  readonly pool: PoolStats;
  /** How many connections may be in use at once. */
  readonly limit: number;
  /** Of its pool: connections apart from that are nobody's but their request's. */
  readonly links: ReadonlyArray<{ readonly link: VirtualLink; readonly view: ConnectionView }>;
}

/** What must hold whenever nothing runs. */
export function checkInvariants(world: FuzzWorld): void {
  const { origins } = world.client.stats();
  const sights = world.origins.flatMap((origin) => {
    const stats = origins.get(origin.url);
    return stats ? [sightOf(origin, stats)] : [];
  });
  const { open } = world.network;
  const { maxTotal } = world.settings;
  if (open > maxTotal) world.found(`${open} connections are open in all, ${maxTotal} are allowed`);
  for (const sight of sights) {
    checkCounts(world, sight);
    for (const { link, view } of sight.links) checkConnection(world, sight, link, view);
    checkLife(world, sight, sights);
  }
  checkRequests(world);
}

function sightOf(origin: FuzzOrigin, { pool, adaptiveLimit = pool.max }: OriginStats): Sight {
  const links = origin.links.flatMap((link) => {
    const view = viewOf(link);
    return view && !isApart(link) ? [{ link, view }] : [];
  });
  return { origin, pool, limit: adaptiveLimit, links };
}

function checkCounts(world: FuzzWorld, { pool, links }: Sight): void {
  const { active, idle, dialing, pending } = pool;
  const { maxConnections, maxPending, maxIdle } = world.settings;
  const open = active + idle + dialing;
  if (open > maxConnections) world.found(`${open} connections are open, ${maxConnections} are allowed`);
  if (pending > maxPending + maxConnections)
    world.found(`${pending} requests wait, ${maxPending} are allowed`);
  // Those that somebody waits for are as good as lent.
  if (idle > maxIdle + pending) world.found(`${idle} connections are idle, ${maxIdle} are allowed`);
  const states: Record<string, number> = {};
  for (const { view } of links) states[view.state.name] = (states[view.state.name] ?? 0) + 1;
  const { leased: used = 0, idle: standing = 0, dialing: dialled = 0, reserved = 0 } = states;
  // Until the peer has answered, one that is being proven is supply like a dial.
  const probing = links.filter(({ view }) => isProbing(view)).length;
  const leased = used - probing;
  const coming = dialled + reserved + probing;
  const told = `active=${active} idle=${idle} dialing=${dialing}`;
  const tracked = `active=${leased} idle=${standing} dialing=${coming}`;
  // A fault may hide from the pool that a wire is gone, or be a dial that never gets to the network.
  const isHidden = !world.isExact && active >= leased && idle === standing && dialing >= coming;
  if (told !== tracked && !isHidden) world.found(`the pool says ${told}, its connections ${tracked}`);
}

function checkConnection(world: FuzzWorld, sight: Sight, link: VirtualLink, view: ConnectionView): void {
  const { name, exchange, sinceMs = Infinity } = view.state;
  const nowMs = world.clock.nowMs();
  world.rooms.look(view);
  if (view.dueAtMs < nowMs) world.found(`a ${name} connection was due at ${view.dueAtMs}, and nobody looked`);
  if (name === 'leased' && (exchange?.isOver !== false || exchange.connection !== view))
    world.found('a leased connection carries no running exchange');
  if (name === 'idle' && sight.origin.name.retired.has(link.transport))
    world.found('a connection is idle to an address that its name no longer has');
  const limitMs = idleLimitMs(world, sight, link);
  if (name === 'idle' && nowMs > sinceMs + limitMs)
    world.found(`a connection has been idle since ${sinceMs}, and ${limitMs} ms are allowed`);
  sight.origin.unread.look(link.transport, nowMs);
}

/** What the peer said last, else the pool's own; less, where experience says so. */
function idleLimitMs(world: FuzzWorld, { origin, pool }: Sight, { socket }: VirtualLink): number {
  const { idleTimeoutMs, maxIdleTimeoutMs } = world.settings;
  const saidMs = origin.server.words.get(socket)?.idleLimitMs(maxIdleTimeoutMs);
  return Math.min(saidMs ?? idleTimeoutMs, origin.learned.limitMs(pool, world.clock.nowMs()));
}

/** Whoever waits has something to wait for: nothing is lost, no other origin hoards, and no pool is stuck at zero. */
function checkLife(world: FuzzWorld, { origin, pool, limit }: Sight, sights: readonly Sight[]): void {
  const { active, idle, dialing, pending, max } = pool;
  // The others wait for the limit, which rises or which one of those in use leaves.
  const servable = Math.min(pending, Math.max(0, limit - active));
  if (servable <= dialing) return;
  if (idle > 0) world.found(`${pending} requests wait beside ${idle} idle connections`);
  const isPaused = world.clock.nowMs() < (origin.heldBackSinceMs ?? -Infinity) + LONGEST_DIAL_PAUSE_MS;
  if (active + idle + dialing >= max || isPaused) return;
  const hoarder = sights.find((other) => other.pool.idle > other.pool.pending);
  const isFull = !world.isExact || world.network.open >= world.settings.maxTotal;
  if (hoarder || !isFull)
    world.found(
      `${pending} requests to ${origin.url} wait, ${dialing} dials are under way, ${active + idle + dialing} of ${max} connections are open, ` +
        `${world.network.open} of ${world.settings.maxTotal} in all, and ${hoarder?.pool.idle ?? 0} are idle at ${hoarder?.origin.url}`,
    );
}

function checkRequests(world: FuzzWorld): void {
  const nowMs = world.clock.nowMs();
  for (const request of world.underWay) {
    if (request.isPending && request.controller.signal.aborted)
      world.found(`${request.token} goes on after its abort`);
    if (request.isPending && nowMs > request.dueAtMs)
      world.found(`${request.token} is pending behind its deadline`);
  }
  for (const { token, source, sources } of world.over) {
    if (sources.some(({ opened, isClosed }) => opened > 0 && !isClosed))
      world.found(`${token} is over, and a source of its body is still open`);
    if (source && !source.isRepeatable && sources.some(({ opened, isClosed }) => opened !== 1 || !isClosed))
      world.found(`${token} had its only body read ${sources[0]?.opened} times`);
  }
  world.over.clear();
}
