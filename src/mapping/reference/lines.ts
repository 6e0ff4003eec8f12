/**
 * Lines of a text that comes in chunks. A line feed ends a line, with or without a carriage return before it.
 */

/** The lines that each chunk completes, without their ends; a last line without an end counts. */
export async function* linesOf(
  chunks: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<readonly string[]> {
  let rest: string[] = [];
  for await (const chunk of chunks) {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      rest.push(chunk.slice(from, end));
      lines.push(withoutReturn(rest.length === 1 ? rest[0]! : rest.join('')));
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.slice(from));
    yield lines;
  }
  if (rest.length > 0) yield [withoutReturn(rest.join(''))];
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
