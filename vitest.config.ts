import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['pooler-source'] },
  ssr: { resolve: { conditions: ['pooler-source'] } },
  test: {
    include: ['libs/**/*.spec.ts', 'apps/**/*.spec.ts', 'test/**/*.spec.ts'],
    pool: 'forks',
    // Two cores: socket tests measure order and counts, and a crowd of workers only adds lag.
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
