import type { TransportHandler } from '#libs/pool';
import { describe, expect, it } from 'vitest';
import { ScriptedConnector, type ScriptedTransport } from './scripted-connector.ts';

/** Writes down what it hears. */
class Diary implements TransportHandler {
  readonly heard: string[] = [];

  onConnect(): void {
    this.heard.push('connect');
  }
  onBytes(buffer: Buffer, length: number): void {
    this.heard.push(`bytes ${buffer.toString('latin1', 0, length)}`);
  }
  onDrain(): void {
    this.heard.push('drain');
  }
  onEnd(): void {
    this.heard.push('end');
  }
  onClose(error: Error | undefined): void {
    this.heard.push(`close ${error?.message}`);
  }
}

function dialled(): { wire: ScriptedTransport; diary: Diary } {
  const diary = new Diary();
  return { wire: new ScriptedConnector().dial(diary), diary };
}

function connected(): { wire: ScriptedTransport; diary: Diary } {
  const made = dialled();
  made.wire.connect();
  return made;
}

/** Everything that a peer can do. */
function actAsPeer(wire: ScriptedTransport): void {
  wire.connect();
  wire.receive('x');
  wire.finish();
  wire.fail('ECONNRESET');
}

describe('a scripted wire', () => {
  it('tells its handler what the peer does, in its order', () => {
    const { wire, diary } = dialled();
    actAsPeer(wire);
    expect(diary.heard).toEqual(['connect', 'bytes x', 'end', 'close read ECONNRESET']);
  });

  it('fails a dial with the system call of a dial', () => {
    const { wire, diary } = dialled();
    wire.fail('ECONNREFUSED');
    expect(diary.heard).toEqual(['close connect ECONNREFUSED']);
  });

  it('brings nothing before it is connected', () => {
    const { wire, diary } = dialled();
    wire.receive('x');
    wire.finish();
    expect(diary.heard).toEqual([]);
  });

  it.each(['end', 'reset'] as const)('brings nothing more after %s, and takes nothing', (way) => {
    const { wire, diary } = connected();
    wire[way]();
    actAsPeer(wire);
    wire.write('late');
    expect(diary.heard).toEqual(['connect']);
    expect([wire.sent, wire.bytesAccepted, wire.probe()]).toEqual(['', 0, 'reset']);
  });

  it('remembers only the first way it ended', () => {
    const { wire } = connected();
    wire.end();
    wire.reset();
    expect(wire.life).toBe('ended');
  });

  it('brings nothing while it is paused: a test that forgets is wrong', () => {
    const { wire, diary } = connected();
    wire.pause();
    expect(() => wire.receive('x')).toThrow('the wire is paused');
    wire.resume();
    wire.receive('y');
    expect(diary.heard).toEqual(['connect', 'bytes y']);
  });

  it('keeps what was sent and knows its requests', () => {
    const { wire } = connected();
    expect(wire.write('GET /a HTTP/1.1\r\n\r\n')).toBe(true);
    wire.write(Buffer.from('POST /b HTTP/1.1\r\n\r\n'));
    expect(wire.requestLines).toEqual(['GET /a', 'POST /b']);
    expect(wire.bytesAccepted).toBe(wire.sent.length);
  });

  it('accepts nothing while it is still sending, and all of it when it drains', () => {
    const { wire, diary } = connected();
    wire.isSending = true;
    expect(wire.write('x')).toBe(false);
    expect([wire.sent, wire.bytesAccepted]).toEqual(['x', 0]);
    wire.drain();
    expect([wire.isSending, wire.bytesAccepted]).toEqual([false, 1]);
    expect(diary.heard).toEqual(['connect', 'drain']);
  });

  it('tells whoever stands as its handler by then', () => {
    const { wire, diary } = connected();
    const other = new Diary();
    wire.handler = other;
    wire.respond('ok', 201, 'X: 1\r\n');
    expect(diary.heard).toEqual(['connect']);
    expect(other.heard).toEqual(['bytes HTTP/1.1 201 Text\r\nX: 1\r\nContent-Length: 2\r\n\r\nok']);
  });
});

describe('a scripted connector', () => {
  it('counts its wires from 0, and names one that is missing', () => {
    const connector = new ScriptedConnector();
    const wire = connector.dial(new Diary());
    expect(connector.wire(0)).toBe(wire);
    expect(() => connector.wire(1)).toThrow('only 1 wires were dialled');
  });
});
