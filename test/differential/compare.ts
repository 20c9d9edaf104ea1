import { seededRng } from '#libs/kernel';
import type { ViolationReason } from '#libs/http1';
import { feed } from '../../libs/http1/test-support/feed-every-split.ts';
import { Dice } from '../fuzz/dice.ts';
import { READ_OTHERWISE } from './differences.ts';
import { MutatedResponses, type RawResponse } from './mutated-response.ts';
import { readByNode, type NodeReading, type ReadingTask } from './node-reading.ts';

const BATCH = 200;

/** How two parsers differ. */
export interface Comparison {
  readonly compared: number;
  readonly bothAccept: number;
  readonly bothRefuse: number;
  /** What we refuse and Node accepts, by our reason. */
  readonly weAreStricter: Map<ViolationReason, number>;
  /** What is read otherwise as it is listed. */
  readOtherwise: number;
  /** What we accept and Node does not, or reads otherwise: none is allowed. */
  readonly disagreements: string[];
}

/** What we made of a response, and what Node is given to compare. */
export type OwnReading =
  | {
      readonly isAccepted: true;
      readonly statusCode: number;
      readonly body: string;
      readonly task: ReadingTask;
    }
  | { readonly isAccepted: false; readonly reason: ViolationReason; readonly task: ReadingTask };

/** What both parsers make of one response to a GET, a FIN behind it. */
export async function readByBoth(
  response: string,
): Promise<{ own: OwnReading; node: NodeReading | undefined }> {
  const own = readByUs({ method: 'GET', bytes: Buffer.from(response, 'latin1') });
  const [node] = await readByNode([own.task]);
  return { own, node };
}

/** Compares our parser with Node's over `count` responses that a seed draws. */
export async function compare(seed: number, count: number): Promise<Comparison> {
  const responses = new MutatedResponses(new Dice(seededRng(seed)));
  const comparison = {
    compared: count,
    bothAccept: 0,
    bothRefuse: 0,
    weAreStricter: new Map<ViolationReason, number>(),
    readOtherwise: 0,
    disagreements: new Array<string>(),
  };
  for (let done = 0; done < count; done += BATCH) {
    const own = Array.from({ length: Math.min(BATCH, count - done) }, () => readByUs(responses.draw()));
    const byNode = await readByNode(own.map(({ task }) => task));
    for (const [index, reading] of own.entries()) judge(reading, byNode[index], comparison);
  }
  return comparison;
}

/**
 * What we make of it. Node is then given what we took for the whole response, and a FIN only where we needed it: so a
 * message that ends for us and not for Node is a difference too.
 */
function readByUs({ method, bytes }: RawResponse): OwnReading {
  const methods = [method];
  for (const thenFin of [false, true]) {
    const { heard, violation, eaten } = feed([bytes], { methods, thenFin });
    if (violation !== undefined)
      return { isAccepted: false, reason: violation, task: { method, bytes, thenFin: true } };
    const last = heard.at(-1);
    if (last?.isComplete && last.statusCode >= 200) {
      const { statusCode, body } = last;
      return {
        isAccepted: true,
        statusCode,
        body,
        task: { method, bytes: bytes.subarray(0, eaten), thenFin },
      };
    }
  }
  throw new Error('our parser neither accepts nor refuses');
}

function judge(own: OwnReading, node: NodeReading | undefined, to: Mutable<Comparison>): void {
  const text = own.task.bytes.toString('latin1');
  if (READ_OTHERWISE.some(({ pattern }) => pattern.test(text))) {
    to.readOtherwise += 1;
  } else if (!own.isAccepted) {
    if (node) to.weAreStricter.set(own.reason, (to.weAreStricter.get(own.reason) ?? 0) + 1);
    else to.bothRefuse += 1;
  } else if (node && node.statusCode === own.statusCode && node.body === own.body) {
    to.bothAccept += 1;
  } else {
    const { method } = own.task;
    const theirs = node ? `${node.statusCode} with ${JSON.stringify(node.body)}` : 'nothing complete';
    to.disagreements.push(
      `${method} ${JSON.stringify(text)}: we read ${own.statusCode} with ${JSON.stringify(own.body)}, Node ${theirs}`,
    );
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
