import { defineConfig } from 'vitest/config';

/** `npm run test:cluster`: against the cluster that KUBECONFIG names, which is neither started nor stopped. */
export default defineConfig({
  resolve: { conditions: ['pooler-source'] },
  ssr: { resolve: { conditions: ['pooler-source'] } },
  test: {
    // The chart's own tests need helm, which is where a cluster is.
    include: ['test/cluster/**/*.spec.ts', 'test/charts/helm.spec.ts'],
    globalSetup: ['test/cluster/build-image.ts'],
    pool: 'forks',
    // Each file has a namespace of its own, but the node's processors are few.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
