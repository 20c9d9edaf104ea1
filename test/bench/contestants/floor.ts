/** The floor inside Node: one socket per connection with `onread`, fixed request bytes, no parsing. */
import { connect } from 'node:net';
import { courseFromArgv, Meter } from '../measure.ts';

const course = courseFromArgv();
const meter = new Meter(course);
const request = Buffer.from(
  `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${course.port}\r\nConnection: keep-alive\r\n\r\n`,
);
for (let i = 0; i < course.connections; i += 1) {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  const socket = connect({
    host: '127.0.0.1',
    port: course.port,
    noDelay: true,
    onread: {
      buffer,
      callback() {
        // The whole response comes in one read, or this is no floor.
        if (buffer.indexOf('\r\n\r\n') < 0) throw new Error('a partial response');
        meter.count();
        socket.write(request);
        return true;
      },
    },
  });
  socket.on('connect', () => socket.write(request));
}
