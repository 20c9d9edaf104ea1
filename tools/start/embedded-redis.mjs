// The embedded Redis as a process of its own: in the service's it would share the loop with what is measured.
import { once } from 'node:events';
import { RedisServerState, Resp2Server, createRedisCommandExecutor } from 'js-redis-server/core';

const { server } = new Resp2Server({
  server: new RedisServerState(),
  executor: createRedisCommandExecutor(),
  logger: console,
});
// Its own `listen` would listen on every interface, and it has no password.
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('SIGTERM', () => process.exit(0));
process.stdout.write(`listening on redis://127.0.0.1:${server.address().port}\n`);
