/** `Pool.request` and `body.text()`, validation by peek on every checkout. */
import { Pool } from 'pooler';
import { closedLoop, courseFromArgv } from '../measure.ts';

const course = courseFromArgv();
const pool = new Pool(`http://127.0.0.1:${course.port}`, {
  maxConnections: course.connections,
  validate: 'peek',
});
closedLoop(course, async () => {
  const { body } = await pool.request({ path: '/health' });
  return body.text();
});
