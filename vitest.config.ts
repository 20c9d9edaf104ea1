import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['pooler-source'] },
  ssr: { resolve: { conditions: ['pooler-source'] } },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    // These have commands and configurations of their own: they need a Kubernetes, or minutes.
    exclude: ['**/node_modules/**', 'test/cluster/**', 'test/deep/**'],
    include: ['libs/**/*.spec.ts', 'apps/**/*.spec.ts', 'test/**/*.spec.ts'],
    pool: 'forks',
    // Two cores: socket tests measure order and counts, and a crowd of workers only adds lag.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
