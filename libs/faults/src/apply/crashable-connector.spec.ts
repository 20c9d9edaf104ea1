import type { Transport } from '#libs/pool';
import { FakeClock, settle } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import { CrashableConnector } from './crashable-connector.ts';
import { FakeConnector, HearingHandler, type FakeTransport } from './fake-transport.spec-helper.ts';

const RESET = { message: 'read ECONNRESET', code: 'ECONNRESET', syscall: 'read' };
const REFUSED = { message: 'connect ECONNREFUSED', code: 'ECONNREFUSED', syscall: 'connect' };

class Scene {
  readonly clock = new FakeClock();
  readonly network = new FakeConnector();
  readonly connector = new CrashableConnector(this.network, this.clock);

  dial(): {
    readonly handler: HearingHandler;
    readonly wire: Transport;
    readonly inner: FakeTransport | undefined;
  } {
    const handler = new HearingHandler();
    const before = this.network.dialled.length;
    const wire = this.connector.dial(handler);
    return { handler, wire, inner: this.network.dialled[before] };
  }

  connect(): { readonly handler: HearingHandler; readonly wire: Transport; readonly inner: FakeTransport } {
    const { handler, wire, inner } = this.dial();
    if (!inner) throw new Error('the dial was refused');
    inner.handler.onConnect();
    return { handler, wire, inner };
  }
}

describe('CrashableConnector', () => {
  it('changes nothing while there is no crash', () => {
    const { handler, wire, inner } = new Scene().connect();
    expect(wire.write('request')).toBe(true);
    inner.receive('response');
    expect(wire.probe()).toBe('alive');
    inner.handler.onClose(undefined);
    expect(inner.calls).toEqual(['write request']);
    expect(handler.heard).toEqual(['connect', 'bytes response', 'close']);
  });

  it('cuts every open wire, and their handlers hear of it after the call', async () => {
    const scene = new Scene();
    const wires = [scene.connect(), scene.connect()];
    scene.connector.crash(500);
    for (const { inner, handler } of wires) {
      expect(inner.calls).toEqual(['reset']);
      expect(handler.heard).toEqual(['connect']);
    }
    await settle();
    for (const { handler } of wires) {
      expect(handler.heard).toEqual(['connect', 'close']);
      expect(handler.error).toMatchObject(RESET);
    }
  });

  it('cuts a wire once, however often it crashes in the same moment', async () => {
    const scene = new Scene();
    const { inner, handler } = scene.connect();
    scene.connector.crash(500);
    scene.connector.crash(500);
    await settle();
    expect(inner.calls).toEqual(['reset']);
    expect(handler.heard).toEqual(['connect', 'close']);
    expect(handler.error).toMatchObject(RESET);
  });

  it('shows a cut wire as reset before its handler has heard of it', () => {
    const scene = new Scene();
    const { wire, inner } = scene.connect();
    scene.connector.crash(500);
    expect(wire.probe()).toBe('reset');
    expect(wire.write('request')).toBe(false);
    expect(inner.calls).toEqual(['reset']);
  });

  it('says nothing to a handler that closed its wire in the same moment', async () => {
    const scene = new Scene();
    const { wire, handler } = scene.connect();
    scene.connector.crash(500);
    wire.end();
    await settle();
    expect(handler.heard).toEqual(['connect']);
  });

  it('refuses the dials that are under way', async () => {
    const scene = new Scene();
    const { handler, inner } = scene.dial();
    scene.connector.crash(500);
    await settle();
    expect(inner?.calls).toEqual(['end']);
    expect(handler.heard).toEqual(['close']);
    expect(handler.error).toMatchObject(REFUSED);
  });

  it('refuses new dials until the crash is over, never during the call', () => {
    const scene = new Scene();
    scene.connector.crash(500);
    scene.clock.advance(499);
    const { handler, inner } = scene.dial();
    expect(inner).toBeUndefined();
    expect(handler.heard).toEqual([]);
    scene.clock.advance(0);
    expect(handler.heard).toEqual(['close']);
    expect(handler.error).toMatchObject(REFUSED);

    scene.clock.advance(1);
    expect(scene.connect().handler.heard).toEqual(['connect']);
  });

  it.each(['end', 'reset'] as const)('says nothing to who gave up a refused dial with %s', (giveUp) => {
    const scene = new Scene();
    scene.connector.crash(500);
    const { handler, wire } = scene.dial();
    wire[giveUp]();
    expect(scene.clock.pendingTimers).toBe(0);
    expect(handler.heard).toEqual([]);
  });

  it('stays down longer when it crashes again, and never shorter', () => {
    const scene = new Scene();
    scene.connector.crash(500);
    scene.clock.advance(400);
    scene.connector.crash(500);
    scene.connector.crash(10);
    scene.clock.advance(499);
    expect(scene.dial().inner).toBeUndefined();
    scene.clock.advance(1);
    expect(scene.dial().inner).toBeDefined();
  });

  it.each<[string, (wire: Transport, inner: FakeTransport) => void]>([
    ['its owner closed', (wire) => wire.end()],
    ['its owner cut', (wire) => wire.reset()],
    ['the peer closed', (_wire, inner) => inner.handler.onClose(undefined)],
  ])('has forgotten a wire that %s', async (_who, close) => {
    const scene = new Scene();
    const { wire, inner, handler } = scene.connect();
    close(wire, inner);
    const before = [...inner.calls, ...handler.heard];
    scene.connector.crash(500);
    await settle();
    expect([...inner.calls, ...handler.heard]).toEqual(before);
  });
});

describe('a lie about an idle wire', () => {
  it('is told once, of whichever is looked at next, and is not true', () => {
    const inner = new FakeConnector();
    const connector = new CrashableConnector(inner, new FakeClock());
    const wires = [connector.dial(new HearingHandler()), connector.dial(new HearingHandler())];
    const lie = connector.lieOnce();
    expect(wires.map((wire) => wire.probe())).toEqual(['reset', 'alive']);
    expect(lie.wasTold).toBe(true);
    expect(inner.dialled.flatMap(({ calls }) => calls)).toEqual([]);
  });

  it('is not told once it was withdrawn, or its request has a connection', () => {
    const connector = new CrashableConnector(new FakeConnector(), new FakeClock());
    const wire = connector.dial(new HearingHandler());
    connector.lieOnce().withdraw();
    expect(wire.probe()).toBe('alive');
    const lie = connector.lieOnce();
    expect(lie.interpose(wire)).toBe(wire);
    expect([wire.probe(), lie.wasTold]).toEqual(['alive', false]);
  });
});
