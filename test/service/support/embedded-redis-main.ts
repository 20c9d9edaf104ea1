// The embedded Redis as a process of its own: prints its port, and ends with its parent.
import { once } from 'node:events';
import { RedisServerState, Resp2Server, createRedisCommandExecutor } from 'js-redis-server/core';

const { server } = new Resp2Server({
  server: new RedisServerState(),
  executor: createRedisCommandExecutor(),
});
// Its own `listen` would listen on every interface.
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1');
await once(server, 'listening');
process.on('disconnect', () => process.exit(0));
const address = server.address();
if (typeof address === 'object') process.send?.({ port: address?.port });
