/** What a user would pick: undici's `Pool.request` and `body.text()`, or `body.arrayBuffer()`, no pipelining. */
import { Pool } from 'undici';
import { tlsFixture } from '../../fixtures/tls/index.ts';
import { closedLoop, courseFromArgv } from '../measure.ts';

const course = courseFromArgv();
const pool = new Pool(`${course.scheme}://127.0.0.1:${course.port}`, {
  connections: course.connections,
  pipelining: 1,
  allowH2: false,
  connect: course.scheme === 'https' ? { ca: tlsFixture('root.pem') } : undefined,
});
closedLoop(course, async () => {
  const { body } = await pool.request({ path: course.path, method: 'GET' });
  return body[course.read]();
});
