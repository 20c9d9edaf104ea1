/** What a user would pick: undici's `Pool.request` and `body.text()`, no pipelining. */
import { Pool } from 'undici';
import { closedLoop, courseFromArgv } from '../measure.ts';

const course = courseFromArgv();
const pool = new Pool(`http://127.0.0.1:${course.port}`, { connections: course.connections, pipelining: 1 });
closedLoop(course, async () => {
  const { body } = await pool.request({ path: '/health', method: 'GET' });
  return body.text();
});
