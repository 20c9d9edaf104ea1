/** The floor inside Node: one socket per connection with `onread`, fixed request bytes, no parsing. */
import { connect, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { tlsFixture } from '../../fixtures/tls/index.ts';
import { courseFromArgv, Meter } from '../measure.ts';

const course = courseFromArgv();
const meter = new Meter(course);
const request = Buffer.from(
  `GET ${course.path} HTTP/1.1\r\nHost: 127.0.0.1:${course.port}\r\nConnection: keep-alive\r\n\r\n`,
);
const ca = tlsFixture('root.pem');

function dial(onread: OnReadOpts): Socket {
  const options = { host: '127.0.0.1', port: course.port, noDelay: true, keepAlive: true, onread };
  if (course.scheme === 'http') {
    const socket = connect(options);
    return socket.on('connect', () => socket.write(request));
  }
  const socket = connectTls({ ...options, ca });
  return socket.on('secureConnect', () => socket.write(request));
}

for (let i = 0; i < course.connections; i += 1) {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  const socket = dial({
    buffer,
    callback() {
      // The whole response comes in one read, or this is no floor.
      if (buffer.indexOf('\r\n\r\n') < 0) throw new Error('a partial response');
      meter.count();
      socket.write(request);
      return true;
    },
  });
}
