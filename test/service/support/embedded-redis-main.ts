// The embedded Redis as a process of its own: prints its port, and ends with its parent.
import { createRedisServer } from 'js-redis-server';

const server = await createRedisServer({ port: Number(process.argv[2] ?? 0) });
process.on('disconnect', () => process.exit(0));
process.send?.({ port: server.port });
