import type { Response } from '#libs/pool';
import type { Dice } from './dice.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { Timeline } from './timeline.ts';

/** Takes a response as its request wants it: the whole body, or `undefined` where it is not read to its end. */
export async function readBody(
  request: FuzzRequest,
  { body }: Response,
  time: Timeline,
  dice: Dice,
): Promise<string | undefined> {
  const { reading } = request;
  if (reading === 'ignore') return undefined;
  if (reading === 'late') await time.pause(dice.whole(0, 200));
  request.isBodyTaken = true;
  if (reading === 'text' || reading === 'late') return body.text();
  if (reading === 'dump') {
    await body.dump();
    return undefined;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of body) {
    chunks.push(chunk);
    if (reading === 'leave') return undefined;
    await time.pause(dice.whole(0, 5));
  }
  return Buffer.concat(chunks).toString();
}
