/** `Pool.request` and `body.text()`, or `body.arrayBuffer()`, validation by peek on every checkout. */
import { Pool } from 'pooler';
import { tlsFixture } from '../../fixtures/tls/index.ts';
import { closedLoop, courseFromArgv } from '../measure.ts';

const course = courseFromArgv();
const pool = new Pool(`${course.scheme}://127.0.0.1:${course.port}`, {
  maxConnections: course.connections,
  validate: 'peek',
  tls: course.scheme === 'https' ? { ca: tlsFixture('root.pem') } : undefined,
});
closedLoop(course, async () => {
  const { body } = await pool.request({ path: course.path });
  return body[course.read]();
});
