import type { TestApi } from './test-api.ts';

/** An event as it came over the wire. */
export interface StreamedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events of a run over HTTP, as they come. Ends when the service closes the stream. */
export async function* streamed(
  { url }: Pick<TestApi, 'url'>,
  runId: string,
  { lastEventId, signal }: { readonly lastEventId?: string | undefined; readonly signal?: AbortSignal } = {},
): AsyncGenerator<StreamedEvent> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await fetch(`${url}/api/v1/runs/${runId}/events`, { headers, signal: signal ?? null });
  if (response.status !== 200 || response.body === null) throw new Error(`answered ${response.status}`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = `${text}${chunk}`.trimStart().split('\n\n');
    text = blocks.pop() ?? '';
    yield* blocks.filter((block) => block.trim() !== '').map(parse);
  }
}

export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function parse(block: string): StreamedEvent {
  const fields = Object.fromEntries(
    block
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
  );
  const data: StreamedEvent['data'] = JSON.parse(fields['data'] ?? 'null');
  return { id: fields['id'] ?? '', event: fields['event'] ?? '', data };
}
