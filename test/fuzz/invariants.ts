import type { PoolStats } from '#libs/pool';
import type { VirtualLink } from '#libs/testing';
import type { FuzzWorld } from './fuzz-world.ts';

/** A pause of dialling at a limit of this machine is no longer. */
const LONGEST_DIAL_PAUSE_MS = 1_000;

/** The part of a connection that a test may look at: it is its transport's handler. */
interface ConnectionView {
  /** When somebody has to look at it. */
  readonly dueAtMs: number;
  readonly state: {
    readonly name: string;
    readonly sinceMs?: number;
    readonly exchange?: { readonly isOver: boolean; readonly connection: unknown };
  };
}

function hasState(handler: object): handler is ConnectionView {
  return 'state' in handler;
}

/** Whether its pool has no request on it. */
export function isIdle({ transport: { handler } }: VirtualLink): boolean {
  return hasState(handler) && handler.state.name === 'idle';
}

/** What must hold whenever nothing runs. */
export function checkInvariants(world: FuzzWorld): void {
  const pool = [...world.client.stats().origins.values()][0]?.pool;
  if (pool) {
    checkCounts(world, pool);
    checkLife(world, pool);
  }
  checkDeadlines(world);
}

function checkCounts(world: FuzzWorld, pool: PoolStats): void {
  const { active, idle, dialing, pending } = pool;
  const { maxConnections, maxPending } = world.settings;
  const open = active + idle + dialing;
  if (open > maxConnections) world.found(`${open} connections are open, ${maxConnections} are allowed`);
  if (open !== world.network.open)
    world.found(`the pool counts ${open} connections, the network ${world.network.open}`);
  if (pending > maxPending + maxConnections)
    world.found(`${pending} requests wait, ${maxPending} are allowed`);
  const { maxIdle, idleTimeoutMs } = world.settings;
  // Those that somebody waits for are as good as lent.
  if (idle > maxIdle + pending) world.found(`${idle} connections are idle, ${maxIdle} are allowed`);
  const nowMs = world.clock.nowMs();
  const states: Record<string, number> = { dialing: 0, idle: 0, reserved: 0, leased: 0, closed: 0 };
  for (const { transport } of world.network.links) {
    const { handler } = transport;
    if (!hasState(handler)) continue;
    const { name, exchange, sinceMs = Infinity } = handler.state;
    if (name === 'idle' && nowMs > sinceMs + idleTimeoutMs) {
      world.found(`a connection has been idle since ${sinceMs}, and ${idleTimeoutMs} ms are allowed`);
    }
    states[name] = (states[name] ?? 0) + 1;
    if (handler.dueAtMs < nowMs)
      world.found(`a ${name} connection was due at ${handler.dueAtMs}, and nobody looked`);
    if (name === 'leased' && (exchange?.isOver !== false || exchange.connection !== handler)) {
      world.found('a leased connection carries no running exchange');
    }
  }
  const told = `active=${active} idle=${idle} dialing=${dialing}`;
  const tracked = `active=${states['leased']} idle=${states['idle']} dialing=${(states['dialing'] ?? 0) + (states['reserved'] ?? 0)}`;
  if (told !== tracked) world.found(`the pool says ${told}, its connections ${tracked}`);
}

/** Whoever waits has something to wait for: nothing is lost, and the pool is never stuck at zero. */
function checkLife(world: FuzzWorld, { active, idle, dialing, pending, max }: PoolStats): void {
  if (pending <= dialing) return;
  const { heldBackSinceMs = -Infinity } = world;
  const isPaused = world.clock.nowMs() < heldBackSinceMs + LONGEST_DIAL_PAUSE_MS;
  if (idle > 0) world.found(`${pending} requests wait beside ${idle} idle connections`);
  if (active + idle + dialing < max && !isPaused) {
    world.found(
      `${pending} requests wait, ${dialing} dials are under way, and ${active + idle + dialing} of ${max} connections are open`,
    );
  }
}

function checkDeadlines(world: FuzzWorld): void {
  const nowMs = world.clock.nowMs();
  for (const request of world.underWay) {
    if (request.isPending && request.controller.signal.aborted)
      world.found(`${request.token} goes on after its abort`);
    if (request.isPending && nowMs > request.dueAtMs)
      world.found(`${request.token} is pending behind its deadline`);
  }
}
