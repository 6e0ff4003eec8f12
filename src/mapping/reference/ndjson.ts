/**
 * NDJSON: one JSON document a line, each read by JSONPath; the iterator starts at the document of a line.
 *
 * A line that is no JSON is one problem; the lines after it are read.
 */
import type { Formulation, Part } from './formulation.ts';
import { jsonPath, readJsonLine } from './json-path.ts';
import { type Line, linesOf } from './lines.ts';
import { decodedChunks, limitsOf } from './text.ts';

export const ndjson: Formulation = {
  ...jsonPath,
  name: 'NDJSON',
  async *documents(data) {
    const { lineCharactersMax } = limitsOf(data);
    let before = 0;
    for await (const lines of linesOf(decodedChunks(data), lineCharactersMax)) {
      yield partsOf(lines, before, lineCharactersMax);
      before += lines.length;
    }
  },
  ofText: (text) =>
    partsOf(
      text.split(/\r?\n/).map((line) => ({ text: line })),
      0,
      Number.POSITIVE_INFINITY,
    ),
};

/** @param before  lines before these */
function partsOf(lines: readonly Line[], before: number, max: number): readonly Part[] {
  const parts: Part[] = [];
  lines.forEach(({ text, damagedAt, tooLong }, index) => {
    const line = before + index + 1;
    const problem = (code: string, message: string): Part => ({
      problem: { code, message },
      row: line,
      line,
      fatal: false,
    });
    if (tooLong === true) parts.push(problem('line-too-long', `A line has more than ${max} characters`));
    else if (damagedAt !== undefined) {
      parts.push(problem('encoding-invalid', `A line holds bytes that are no UTF-8 (at byte ${damagedAt})`));
    } else if (text.trim() !== '') parts.push(readJsonLine(text, line));
  });
  return parts;
}
