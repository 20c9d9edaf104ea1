import { defineConfig } from 'vitest/config';

/** `npm run test:deep`: what takes minutes. */
export default defineConfig({
  resolve: { conditions: ['pooler-source'] },
  ssr: { resolve: { conditions: ['pooler-source'] } },
  test: {
    include: ['test/deep/**/*.spec.ts'],
    pool: 'forks',
    testTimeout: 600_000,
  },
});
