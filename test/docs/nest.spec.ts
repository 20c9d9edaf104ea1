import { expect, it } from 'vitest';
import { membersOf } from './declared.ts';
import { fieldTable } from './field-table.ts';
import { optionTable } from './option-table.ts';

const ROOM = 'libs/nest/src';

it('has the module, its options, its tokens and the health indicator', async () => {
  const page = `# In a NestJS application

\`pooler/nest\` gives an application [clients](client.md) to inject, a health indicator over them, and their end on shutdown.

\`\`\`ts
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Client } from 'pooler';
import { InjectClient, PoolerHealthIndicator, PoolerModule } from 'pooler/nest';

@Controller()
class OrdersController {
  constructor(
    private prices: Client,
    @InjectClient('orders') private orders: Client,
    private pooler: PoolerHealthIndicator,
  ) {}

  @Get('orders') async list() {
    const response = await this.orders.request('http://127.0.0.1:8080/health');
    return response.body.json();
  }

  @Get('health') health() {
    return { ...this.pooler.check('prices'), ...this.pooler.check('orders', 'orders') };
  }
}

@Module({
  imports: [
    PoolerModule.forRoot(),
    PoolerModule.forRootAsync({ name: 'orders', useFactory: async () => ({ deadlineMs: 2_000, drainTimeoutMs: 5_000 }) }),
  ],
  controllers: [OrdersController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
for (const path of ['orders', 'health']) {
  const response = await fetch(\`\${await app.getUrl()}/\${path}\`, { headers: { connection: 'close' } });
  console.log(await response.text());
}
await app.close();
\`\`\`

\`\`\`text
{"status":"ok"}
{"prices":{"status":"up","origins":{}},"orders":{"status":"up","origins":{"http://127.0.0.1:8080":{"status":"ok"}}}}
\`\`\`

## Module and tokens

- \`PoolerModule.forRoot(options)\` makes one client; called again with another \`name\`, another one. Two of one name are refused.
  It is global: import it once, in the root module.
- \`PoolerModule.forRootAsync({ name, imports, ... })\` takes exactly one of \`useFactory\` (with \`inject\`), \`useClass\` and
  \`useExisting\` (of a \`PoolerOptionsFactory\`, whose \`createPoolerOptions()\` gives the options). \`name\` stands outside of the
  options, since it is needed before they are made.
- The token of a client without a name is the class \`Client\`: its type alone injects it. \`@InjectClient(name)\` injects one
  by name, \`clientToken(name)\` is that token for \`app.get\` and for providers of your own.

The options are those of a [client](client.md#options), and:

${optionTable({ file: `${ROOM}/options.ts`, owner: 'PoolerModuleOptions' })}

\`startTelemetry\` of \`pooler/telemetry\` makes a \`propagator\` to pass in them.

## Health

\`PoolerHealthIndicator.check(key, name?)\` gives an object with one entry, as \`@nestjs/terminus\` takes it. It asks nobody: it
says what the requests so far have shown ([health()](client.md#health)).

${fieldTable(membersOf(`${ROOM}/pooler-health.indicator.ts`, 'ClientHealth'))}

## Shutdown

On \`app.close()\`, or on a signal after \`app.enableShutdownHooks()\`: while handlers finish, clients still take their requests;
when the server is closed clients are closed too (\`close()\`), and what is not done \`drainTimeoutMs\` after the shutdown began
is cut (\`destroy()\`), with a warning in the log that names the client.
`;
  await expect(page).toMatchFileSnapshot('../../docs/nest.md');
});
