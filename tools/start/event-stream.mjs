/**
 * The events of a `text/event-stream` (WHATWG HTML, section 9.2.6), as far as the service writes it: lines end with LF,
 * data is JSON.
 *
 * @param {AsyncIterable<Uint8Array>} body
 * @returns {AsyncGenerator<{ type: string, data: any }>}
 */
export async function* readEvents(body) {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => splitAt(line, ': ')));
      if (fields.has('data')) yield { type: fields.get('event'), data: JSON.parse(fields.get('data')) };
    }
  }
}

function splitAt(line, separator) {
  const index = line.indexOf(separator);
  return index < 0 ? [line, ''] : [line.slice(0, index), line.slice(index + separator.length)];
}
