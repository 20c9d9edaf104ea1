import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['pooler-source'] },
  ssr: { resolve: { conditions: ['pooler-source'] } },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    // The cluster's tests have a command and a configuration of their own: they need a Kubernetes.
    exclude: ['**/node_modules/**', 'test/cluster/**'],
    include: ['libs/**/*.spec.ts', 'apps/**/*.spec.ts', 'test/**/*.spec.ts'],
    pool: 'forks',
    // Two cores: socket tests measure order and counts, and a crowd of workers only adds lag.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
