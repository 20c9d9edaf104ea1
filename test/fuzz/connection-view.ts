import type { Transport, TransportHandler } from '#libs/pool';
import type { VirtualLink } from '#libs/testing';
import { PROBE_PATH } from './fuzz-settings.ts';

/** The part of a connection that a test may look at: it hears its transport, if only through what stands between. */
export interface ConnectionView {
  readonly id: number;
  /** When somebody has to look at it. */
  readonly dueAtMs: number;
  readonly state: {
    readonly name: string;
    readonly sinceMs?: number;
    readonly exchange?: {
      readonly isOver: boolean;
      readonly connection: unknown;
      readonly request: { readonly head: string };
    };
  };
}

export function viewOf({ transport }: VirtualLink): ConnectionView | undefined {
  let { handler } = transport;
  while (isWrapper(handler)) ({ handler } = handler);
  return isView(handler) ? handler : undefined;
}

/** Whether its pool asks the peer on it whether it is there. */
export function isProbing({ state }: ConnectionView): boolean {
  return state.exchange?.request.head.includes(` ${PROBE_PATH} `) === true;
}

/** Whether its pool has no request on it. */
export function isIdle(link: VirtualLink): boolean {
  return viewOf(link)?.state.name === 'idle';
}

/** Whether it was dialled slowly on purpose: such a connection belongs to one attempt and to no origin's pool. */
export function isApart({ transport }: VirtualLink): boolean {
  let { handler } = transport;
  while (isWrapper(handler) && handler.constructor.name !== 'SlowDial') ({ handler } = handler);
  return isWrapper(handler);
}

function isWrapper(handler: TransportHandler): handler is TransportHandler & Transport {
  return 'handler' in handler;
}

function isView(handler: object): handler is ConnectionView {
  return 'state' in handler;
}
