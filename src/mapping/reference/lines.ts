/**
 * Lines of a text that comes in chunks. A line feed ends a line, with or without a carriage return before it.
 *
 * A line that is longer than allowed is dropped as it comes, so that it never lies in memory.
 */
import { TEXT_LIMITS } from './text.ts';
import { type DecodedChunk, marksIn } from './utf-8.ts';

export interface Line {
  readonly text: string;
  /** Where in the source the line holds a byte that is no UTF-8. */
  readonly damagedAt?: number;
  /** Whether it is too long; its text is empty then. */
  readonly tooLong?: true;
}

/** The lines that each chunk completes, without their ends; a last line without an end counts. */
export async function* linesOf(
  chunks: AsyncIterable<DecodedChunk> | Iterable<DecodedChunk>,
  lineCharactersMax: number = TEXT_LIMITS.lineCharactersMax,
): AsyncGenerator<readonly Line[]> {
  const splitter = new LineSplitter(lineCharactersMax);
  for await (const chunk of chunks) yield splitter.take(chunk);
  const last = splitter.last();
  if (last !== undefined) yield [last];
}

class LineSplitter {
  readonly #max: number;
  #parts: string[] = [];
  #length = 0;
  #damaged: number[] = [];

  constructor(lineCharactersMax: number) {
    this.#max = lineCharactersMax;
  }

  take({ text, damaged }: DecodedChunk): readonly Line[] {
    if (damaged.length > 0) this.#damaged.push(...damaged);
    const lines: Line[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#push(text.slice(from, end));
      lines.push(this.#line());
      from = end + 1;
    }
    if (from < text.length) this.#push(text.slice(from));
    return lines;
  }

  last(): Line | undefined {
    return this.#length === 0 ? undefined : this.#line();
  }

  #push(part: string): void {
    this.#length += part.length;
    if (this.#length <= this.#max) this.#parts.push(part);
    else {
      // What is dropped may hold damage, which has to be counted off.
      if (this.#damaged.length > 0) this.#damaged.splice(0, marksIn(this.#parts.join('') + part));
      this.#parts = [];
    }
  }

  #line(): Line {
    const tooLong = this.#length > this.#max;
    const text = this.#parts.length === 1 ? this.#parts[0]! : this.#parts.join('');
    this.#parts = [];
    this.#length = 0;
    if (tooLong) return { text: '', tooLong };
    const line = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (this.#damaged.length === 0) return { text: line };
    const [damagedAt] = this.#damaged.splice(0, marksIn(text));
    return damagedAt === undefined ? { text: line } : { text: line, damagedAt };
  }
}
