/**
 * The floor inside Node for a body of known length: one socket per connection with `onread`, fixed request bytes, and of the
 * response no more than finding the end of its head and copying the body, once, into an `ArrayBuffer` of its own.
 */
import { connect } from 'node:net';
import { BODY_64_KIB_BYTES, courseFromArgv, Meter } from '../measure.ts';

const course = courseFromArgv();
const meter = new Meter(course);
const request = Buffer.from(
  `GET ${course.path} HTTP/1.1\r\nHost: 127.0.0.1:${course.port}\r\nConnection: keep-alive\r\n\r\n`,
);
// A whole response, head and body, fits: one read takes it where it has come whole.
const shared = Buffer.allocUnsafeSlow(128 * 1024);

for (let i = 0; i < course.connections; i += 1) {
  let body: Buffer | undefined;
  let filled = 0;
  const socket = connect({
    host: '127.0.0.1',
    port: course.port,
    noDelay: true,
    keepAlive: true,
    onread: {
      buffer: shared,
      callback(length) {
        let start = 0;
        if (!body) {
          body = Buffer.allocUnsafeSlow(BODY_64_KIB_BYTES);
          start = shared.indexOf('\r\n\r\n') + 4;
          filled = 0;
        }
        filled += shared.copy(body, filled, start, length);
        if (filled === BODY_64_KIB_BYTES) {
          body = undefined;
          meter.count();
          socket.write(request);
        }
        return true;
      },
    },
  });
  socket.on('connect', () => socket.write(request));
}
