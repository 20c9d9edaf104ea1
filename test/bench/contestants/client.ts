/** `Client.request` and `body.text()`, or `body.arrayBuffer()`, with retry, budget and breaker on. */
import { Client } from 'pooler';
import { tlsFixture } from '../../fixtures/tls/index.ts';
import { closedLoop, courseFromArgv } from '../measure.ts';

const course = courseFromArgv();
const client = new Client({
  pool: {
    maxConnections: course.connections,
    validate: 'peek',
    tls: course.scheme === 'https' ? { ca: tlsFixture('root.pem') } : undefined,
  },
});
const url = `${course.scheme}://127.0.0.1:${course.port}${course.path}`;
closedLoop(course, async () => {
  const { body } = await client.request(url);
  return body[course.read]();
});
