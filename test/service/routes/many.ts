import type { TestApi } from '../support/test-api.ts';

/** Lets the index of a collection hold so many entries while something is asked. */
export async function whileThereAreMany<Result>(
  { service: { redis } }: TestApi,
  index: string,
  kind: string,
  count: number,
  ask: () => Promise<Result>,
): Promise<Result> {
  const ids = Array.from({ length: count }, (_, number) => `${kind}_${String(number).padStart(26, '0')}`);
  await redis.zadd(index, ...ids.flatMap((id) => [0, id]));
  try {
    return await ask();
  } finally {
    await redis.zrem(index, ...ids);
  }
}
